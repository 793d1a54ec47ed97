package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	common "go.temporal.io/api/common/v1"

	"countersign/api"
	"countersign/collaboration"
	"countersign/internal/identity"
)

// codec decrypts a payload with an available key: it returns the text in upper case.
type codec struct{}

func (codec) Decode(sealed []*common.Payload) ([]*common.Payload, error) {
	var opened []*common.Payload
	for _, p := range sealed {
		switch string(p.Metadata["key"]) {
		case "":
			opened = append(opened, p)
		case "good":
			opened = append(opened, &common.Payload{Data: []byte(strings.ToUpper(string(p.Data)))})
		case "gone":
			opened = append(opened, p)
		case "away":
			return nil, fmt.Errorf("key: %w", &collaboration.Error{Code: collaboration.CodeUnavailable})
		default:
			return nil, errors.New("cannot be opened")
		}
	}
	return opened, nil
}

func (codec) Encode(plain []*common.Payload) ([]*common.Payload, error) {
	var sealed []*common.Payload
	for _, p := range plain {
		if string(p.Metadata["key"]) == "away" {
			return nil, &collaboration.Error{Code: collaboration.CodeUnavailable}
		}
		sealed = append(sealed, &common.Payload{Metadata: map[string][]byte{"encoding": []byte("binary/encrypted")}, Data: []byte("sealed")})
	}
	return sealed, nil
}

// In base64, "linda" and "LINDA", and the keys "good", "gone", "away" and "bad".
const (
	sealedName, clearName = "bGluZGE=", "TElOREE="
	good, gone, away, bad = "Z29vZA==", "Z29uZQ==", "YXdheQ==", "YmFk"
)

func payload(key string) string {
	return fmt.Sprintf(`{"metadata":{"encoding":"YmluYXJ5L2VuY3J5cHRlZA==","key":%q},"data":%q}`, key, sealedName)
}

func payloads(all ...string) string { return `{"payloads":[` + strings.Join(all, ",") + `]}` }

// decoding returns a POST of one payload, as the Web UI sends it.
func decoding(origin, token string, session *visitor) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/codec/decode?preserveStorageRefs=true", strings.NewReader(payloads(payload(good))))
	for name, value := range map[string]string{"Content-Type": "application/json", "X-Namespace": "default", "Origin": origin, "Authorization": token} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if session != nil {
		for name, value := range session.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
	}
	return r
}

func answer(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// shared reports whether a page of that origin may read the answer with the user's
// session. Incomplete CORS headers fail the test.
func shared(t *testing.T, got http.Header, origin string) bool {
	t.Helper()
	if !strings.Contains(strings.Join(got.Values("Vary"), ","), "Origin") {
		t.Errorf("Vary: %q", got.Values("Vary"))
	}
	to, credentials := got.Values("Access-Control-Allow-Origin"), got.Get("Access-Control-Allow-Credentials")
	if len(to) == 0 && credentials == "" {
		return false
	}
	if len(to) != 1 || to[0] != origin || credentials != "true" {
		t.Errorf("shared with %q, credentials %q", to, credentials)
	}
	return true
}

func TestCodec_RequiresOperator(t *testing.T) {
	t.Parallel()
	origins := []string{"", webUI, "http://localhost:8233", "https://elsewhere.example", "null", "http://localhost", webUI + ".elsewhere.example", webUI + ":8443", "http://temporal.example", "https://Temporal.example"}
	for _, tt := range []struct {
		name, session, token string
		direct, ui           int // without an origin, and from a Web UI
	}{
		{"no login", "", "", 401, 401},
		{"operator's session", olle, "", 401, 200},
		{"manager's session", maja.Email, "", 401, 403},
		{"administrator's session", asa, "", 401, 403},
		{"operator's token", "", "Bearer olle-token", 200, 200},
		{"manager's token", "", "Bearer maja-token", 403, 403},
		{"unknown token", "", "Bearer other-token", 401, 401},
		{"operator's session, manager's token", olle, "Bearer maja-token", 403, 403},
		{"operator's session, unknown token", olle, "Bearer other-token", 401, 401},
		{"operator's session, another scheme", olle, "Basic b2xsZTpvbGxl", 401, 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newWorld().server(t)
			session := &visitor{}
			if tt.session != "" {
				session = as(t, s, tt.session)
			}
			for i, origin := range origins {
				want := []int{tt.direct, tt.ui, tt.ui, 403}[min(i, 3)]
				got := answer(s, decoding(origin, tt.token, session))
				r := request{status: want, content: []string{clearName}}
				if want != 200 {
					r.content, r.notContent = []string{`"code":`}, []string{clearName, sealedName}
				}
				t.Run(origin, func(t *testing.T) {
					r.check(t, got)
					if is := shared(t, got.Header(), origin); is != (i == 1 || i == 2) {
						t.Errorf("shared: %v", is)
					}
					if got.Header().Get("Set-Cookie") != "" {
						t.Error("the session was written")
					}
				})
			}
		})
	}
}

func TestCodec_RejectsEndedSession(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	b := openBrowser(t, s, olle)
	before := &visitor{cookies: map[string]string{}}
	for name, value := range b.cookies {
		before.cookies[name] = value
	}
	if got := b.send(http.MethodPost, "/logout", map[string][]string{"token": {b.token()}}); got.Code != 200 {
		t.Fatalf("logout: %d", got.Code)
	}
	request{status: 401}.check(t, answer(s, decoding(webUI, "", before)))
}

// Without operators or origins, the codec decrypts nothing.
func TestCodec_DeniesByDefault(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*api.Config)
		status int
	}{
		"no operators": {func(d *api.Config) { d.Operators = nil }, 403},
		"no origins":   {func(d *api.Config) { d.CodecOrigins = nil }, 403},
		"no sessions": {func(d *api.Config) {
			d.Sessions = identity.NewSessions(nil, "")
			d.Sessions.Store = brokenStore{}
		}, 503},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			session := as(t, w.server(t), olle)
			w.deps = tt.change
			token := "Bearer olle-token"
			if name == "no sessions" {
				token = ""
			}
			got := answer(w.server(t), decoding(webUI, token, session))
			request{status: tt.status, notContent: []string{clearName}}.check(t, got)
			if is := shared(t, got.Header(), webUI); is != (name != "no origins") {
				t.Errorf("shared: %v", is)
			}
		})
	}
}

func TestCodec_Preflight(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	for _, tt := range []struct {
		origin, method, headers string
		status                  int
		allowed                 bool
	}{
		{webUI, "POST", "content-type,x-namespace", 204, true},
		{webUI, "POST", "authorization,authorization-extras,content-type,x-namespace", 204, true},
		{webUI, "POST", "content-type,x-else", 204, false},
		{webUI, "PUT", "content-type", 204, false},
		{"https://elsewhere.example", "POST", "content-type", 403, false},
		{"null", "POST", "content-type", 403, false},
		{"http://localhost", "POST", "content-type", 403, false},
		{"", "POST", "content-type", 204, false},
	} {
		r := httptest.NewRequest(http.MethodOptions, "/codec/decode", nil)
		r.Header.Set("Access-Control-Request-Method", tt.method)
		r.Header.Set("Access-Control-Request-Headers", tt.headers)
		if tt.origin != "" {
			r.Header.Set("Origin", tt.origin)
		}
		got := answer(s, r)
		if got.Code != tt.status || shared(t, got.Header(), tt.origin) != tt.allowed {
			t.Errorf("%+v: %d %v", tt, got.Code, got.Header())
		}
		methods, headers := got.Header().Get("Access-Control-Allow-Methods"), got.Header().Get("Access-Control-Allow-Headers")
		if want := (methods == tt.method && headers == tt.headers); want != tt.allowed {
			t.Errorf("%+v: methods %q, headers %q", tt, methods, headers)
		}
	}
}

// A page of another site can read no other route.
func TestCodec_OtherRoutesHaveNoCORS(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	paths := map[string]bool{"/nothing": true, "/codec": true, "/codec/decode/more": true}
	for _, r := range s.Routes() {
		paths[r.Path] = true
	}
	delete(paths, "/codec/decode")
	delete(paths, "/codec/encode")
	for path := range paths {
		for _, method := range []string{"GET", "POST", "OPTIONS"} {
			r := httptest.NewRequest(method, path, strings.NewReader("{}"))
			r.Header.Set("Origin", webUI)
			r.Header.Set("Access-Control-Request-Method", "POST")
			r.Header.Set("Authorization", "Bearer olle-token")
			for name := range answer(s, r).Header() {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s %s: %s", method, path, name)
				}
			}
		}
	}
}

// An operator's client encrypts its payloads. Others cannot encrypt, and a failure sends
// nothing back.
func TestEncode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, token, body string
		status            int
		content           []string
	}{
		{"several", "olle-token", payloads(`{"data":"`+sealedName+`"}`, `{"data":"`+clearName+`"}`), 200, []string{"c2VhbGVk"}},
		{"none", "olle-token", `{"payloads":[]}`, 200, nil},
		{"an unavailable key store", "olle-token", payloads(payload(away)), 503, []string{code("unavailable")}},
		{"a manager", "maja-token", payloads(`{"data":"` + sealedName + `"}`), 403, []string{code("forbidden")}},
		{"no JSON", "olle-token", "{", 400, []string{code("malformed_request")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/codec/encode", strings.NewReader(tt.body))
			r.Header.Set("Authorization", "Bearer "+tt.token)
			r.Header.Set("Content-Type", "application/json")
			request{status: tt.status, content: tt.content, notContent: []string{sealedName, clearName}}.check(t, answer(newWorld().server(t), r))
		})
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	tooMuch := payloads(`{"data":"` + strings.Repeat("AAAA", 2<<20) + `"}`)
	asMuch := payloads(`{"data":"` + strings.Repeat("AAAA", 2<<20-64) + `"}`)
	asMuch += strings.Repeat(" ", 8<<20-len(asMuch))
	plain := `{"data":"` + sealedName + `"}`
	for _, tt := range []struct {
		name, method, path, kind, body string
		status                         int
		opened, left                   int // numbers of payloads, by their data
		logs                           string
	}{
		{name: "several", body: payloads(payload(good), payload(good)), status: 200, opened: 2, logs: "INFO payloads=2 still_sealed=0"},
		{name: "clear text", body: payloads(plain, payload(good)), status: 200, opened: 1, left: 1, logs: "INFO payloads=2 still_sealed=0"},
		{name: "a deleted key", body: payloads(payload(good), payload(gone), payload(good)), status: 200, opened: 2, left: 1, logs: "INFO payloads=3 still_sealed=1"},
		{name: "a modified payload", body: payloads(payload(bad), payload(good)), status: 200, opened: 1, left: 1, logs: "WARN payloads=2 still_sealed=1 cannot be opened"},
		{name: "an unavailable key store", body: payloads(payload(good), payload(away)), status: 503},
		{name: "none", body: `{"payloads":[]}`, status: 200},
		{name: "nothing", body: `{}`, status: 200},
		{name: "a charset", kind: "application/json; charset=utf-8", body: payloads(payload(good)), status: 200, opened: 1},
		{name: "empty", body: "", status: 400},
		{name: "no JSON", body: payloads(payload(good))[1:], status: 400},
		{name: "cut off", body: payloads(payload(good))[:40], status: 400},
		{name: "a list", body: "[" + payload(good) + "]", status: 400},
		{name: "no payload", body: payloads("null"), status: 400},
		{name: "no base64", body: payloads(`{"data":"linda!"}`), status: 400},
		{name: "another field", body: `{"payloads":[],"linda":1}`, status: 400},
		{name: "twice", body: payloads(payload(good)) + payloads(payload(good)), status: 400},
		{name: "the largest body", body: asMuch, status: 200},
		{name: "too much", body: tooMuch, status: 413},
		{name: "a form", kind: "application/x-www-form-urlencoded", body: payloads(payload(good)), status: 415},
		{name: "text", kind: "text/plain", body: payloads(payload(good)), status: 415},
		{name: "no type", kind: " ", body: payloads(payload(good)), status: 415},
		{name: "reading", method: "GET", status: 405},
		{name: "putting", method: "PUT", body: payloads(payload(good)), status: 405},
		{name: "below", path: "/codec/decode/decode", body: payloads(payload(good)), status: 404},
		{name: "above", path: "/codec", body: payloads(payload(good)), status: 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.deps = func(d *api.Config) { d.LogKey = []byte("log key") }
			r := decoding(webUI, "Bearer olle-token", nil)
			r.Body = http.NoBody
			if tt.body != "" {
				r = httptest.NewRequest(http.MethodPost, "/codec/decode", strings.NewReader(tt.body))
				r.Header.Set("Authorization", "Bearer olle-token")
				r.Header.Set("Content-Type", "application/json")
			}
			if tt.kind != "" {
				r.Header.Set("Content-Type", tt.kind)
			}
			if tt.method != "" {
				r.Method = tt.method
			}
			if tt.path != "" {
				r.URL.Path = tt.path
			}
			got := answer(w.server(t), r)
			request{status: tt.status}.check(t, got)
			if opened, left := strings.Count(got.Body.String(), clearName), strings.Count(got.Body.String(), sealedName); opened != tt.opened || left != tt.left {
				t.Errorf("%d opened and %d left, want %d and %d: %.200s", opened, left, tt.opened, tt.left, got.Body)
			}
			if want := tt.status == 200; want != strings.Contains(w.logged.String(), "msg=decoded operator=75b25022d4570419 payloads=") {
				t.Errorf("log: %s", w.logged.String())
			}
			for _, secret := range []string{"LINDA", "linda", clearName, sealedName, olle, "olle-token", "good"} {
				if strings.Contains(w.logged.String(), secret) {
					t.Errorf("%q is in the log:\n%s", secret, w.logged.String())
				}
			}
			for what := range strings.FieldsSeq(tt.logs) {
				if !strings.Contains(w.logged.String(), what) {
					t.Errorf("no %q in the log:\n%s", what, w.logged.String())
				}
			}
		})
	}
}
