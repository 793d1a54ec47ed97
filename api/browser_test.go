package api_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// browser is a visitor that reads pages and fills in their forms.
type browser struct {
	*visitor
	t *testing.T
}

// openBrowser returns a browser with a login of the address; without a login for "".
func openBrowser(t *testing.T, h http.Handler, email string) *browser {
	t.Helper()
	b := &browser{&visitor{h: h, lang: "sv"}, t}
	if email != "" {
		b.login(email)
	}
	return b
}

func (b *browser) login(email string) {
	b.t.Helper()
	b.visitor.login(b.t, email)
}

// get returns a page, and fails the test unless the status is 200.
func (b *browser) get(path string) string {
	b.t.Helper()
	got := b.send(http.MethodGet, path, nil)
	if got.Code != http.StatusOK {
		b.t.Fatalf("GET %s: status %d\n%s", path, got.Code, got.Body)
	}
	return got.Body.String()
}

// form returns the values that the form of a page would send: its hidden, selected and
// prefilled values, overwritten by the filled ones.
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

// token returns the CSRF token of the session. Every page has it in its logout form.
func (b *browser) token() string {
	got := b.send(http.MethodGet, "/", nil)
	if to := got.Header().Get("Location"); to != "" {
		got = b.send(http.MethodGet, to, nil)
	}
	for _, input := range inputs.FindAllString(got.Body.String(), -1) {
		if attribute(input, "name") == "token" {
			return attribute(input, "value")
		}
	}
	return ""
}

// submit opens a page and sends its form.
func (b *browser) submit(path string, filled ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.send(http.MethodPost, path, b.form(b.get(path), filled...))
}

// says checks the status and the content of an answer.
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
