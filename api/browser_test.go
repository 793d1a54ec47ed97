package api_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"countersign/api"
)

// browser is somebody who visits pages, and keeps cookies.
type browser struct {
	t       *testing.T
	h       http.Handler
	lang    string
	cookies map[string]string
}

// openBrowser is a browser in which somebody has logged in; nobody for no address.
func openBrowser(t *testing.T, s *api.Server, email string) *browser {
	t.Helper()
	b := &browser{t: t, h: s, lang: "sv", cookies: map[string]string{}}
	if email != "" {
		b.login(email)
	}
	return b
}

func (b *browser) login(email string) {
	b.t.Helper()
	b.send(http.MethodGet, "/login?to=/", nil)
	if got := b.send(http.MethodGet, "/login/callback?state=state&code="+email, nil); got.Code != http.StatusSeeOther {
		b.t.Fatalf("login: status %d\n%s", got.Code, got.Body)
	}
}

func (b *browser) send(method, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept-Language", b.lang)
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return w
}

// get is a page, which must be there.
func (b *browser) get(path string) string {
	b.t.Helper()
	got := b.send(http.MethodGet, path, nil)
	if got.Code != http.StatusOK {
		b.t.Fatalf("GET %s: status %d\n%s", path, got.Code, got.Body)
	}
	return got.Body.String()
}

// form is what the form of a page would send, with some fields filled in: what
// is hidden, chosen or written there already.
func (b *browser) form(page string, filled ...string) url.Values {
	b.t.Helper()
	values := url.Values{}
	for _, input := range inputs.FindAllString(page[strings.LastIndex(page, "<main"):], -1) {
		name, value := attribute(input, "name"), attribute(input, "value")
		if !strings.Contains(input, `type="radio"`) || strings.Contains(input, " checked") {
			values.Set(name, value)
		}
	}
	for _, choice := range selects.FindAllStringSubmatch(page, -1) {
		if option := selected.FindString(choice[2]); option != "" {
			values.Set(choice[1], attribute(option, "value"))
		}
	}
	for i := 0; i+1 < len(filled); i += 2 {
		values.Set(filled[i], filled[i+1])
	}
	return values
}

var (
	inputs   = regexp.MustCompile(`<input [^>]*name="[^"]*"[^>]*>`)
	selects  = regexp.MustCompile(`(?s)<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>`)
	selected = regexp.MustCompile(`<option [^>]*selected[^>]*>`)
)

func attribute(tag, name string) string {
	_, rest, _ := strings.Cut(tag, " "+name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(value)
}

// submit opens a page and sends its form.
func (b *browser) submit(path string, filled ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.send(http.MethodPost, path, b.form(b.get(path), filled...))
}

// says reports what is missing in an answer.
func says(t *testing.T, got *httptest.ResponseRecorder, status int, content ...string) {
	t.Helper()
	if got.Code != status {
		t.Errorf("status %d, want %d\n%s", got.Code, status, got.Body)
	}
	for _, want := range content {
		if !strings.Contains(html.UnescapeString(got.Body.String()), want) {
			t.Errorf("no %q in\n%s", want, got.Body)
		}
	}
}
