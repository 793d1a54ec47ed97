package api_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// visitor is a browser that keeps its cookies.
type visitor struct {
	h       http.Handler
	lang    string
	cookies map[string]string
}

// as returns a logged-in visitor.
func as(t *testing.T, h http.Handler, email string) *visitor {
	t.Helper()
	v := &visitor{h: h}
	v.login(t, email)
	return v
}

// login logs in at the provider with the e-mail address.
func (v *visitor) login(t *testing.T, email string) {
	t.Helper()
	v.send("GET", "/login?switch=1", nil)
	if got := v.send("GET", "/login/callback?state=state&code="+url.QueryEscape(email), nil); got.Code != 303 {
		t.Fatalf("login: %d %s", got.Code, got.Body)
	}
}

func (v *visitor) send(method, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return v.serve(r)
}

// serve sends a request with the cookies, and keeps those of the answer.
func (v *visitor) serve(r *http.Request) *httptest.ResponseRecorder {
	for _, name := range slices.Sorted(maps.Keys(v.cookies)) {
		r.AddCookie(&http.Cookie{Name: name, Value: v.cookies[name]})
	}
	r.Header.Set("Accept-Language", v.lang)
	w := httptest.NewRecorder()
	v.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if v.cookies == nil {
			v.cookies = map[string]string{}
		}
		if v.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	}
	return w
}

const noticeCookie = "countersign-notice"

// pendingNotice returns the page and the text of the notice that the last redirect left.
func (v *visitor) pendingNotice() string {
	var n struct{ Path, Note string }
	raw, err := base64.RawURLEncoding.DecodeString(v.cookies[noticeCookie])
	if err != nil || json.Unmarshal(raw, &n) != nil {
		return ""
	}
	return n.Path + " " + n.Note
}

// leave leaves a notice for a page, as a redirect does.
func (v *visitor) leave(path, note string) {
	if v.cookies == nil {
		v.cookies = map[string]string{}
	}
	v.cookies[noticeCookie] = base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"Path":%q,"Note":%q}`, path, note))
}

var hidden = regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`)

// form opens the page and reads the hidden fields of its form.
func (v *visitor) form(path string) url.Values {
	form := url.Values{}
	for _, field := range hidden.FindAllStringSubmatch(v.send("GET", path, nil).Body.String(), -1) {
		form.Set(field[1], field[2])
	}
	return form
}

// follow follows the redirect of an answer.
func (v *visitor) follow(t *testing.T, w *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	t.Helper()
	if w.Code != http.StatusSeeOther {
		t.Fatalf("%d\n%s", w.Code, w.Body)
	}
	return v.send("GET", w.Header().Get("Location"), nil)
}
