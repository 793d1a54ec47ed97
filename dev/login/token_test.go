package login_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/dev/login"
)

// tokens is the response of the token endpoint.
type tokens struct {
	Access string `json:"access_token"`
	ID     string `json:"id_token"`
	Error  string `json:"error"`
}

func requestTokens(t *testing.T, p *login.Provider, form url.Values) tokens {
	t.Helper()
	w := post(p, "/token", form)
	var response tokens
	if err := json.Unmarshal(w.Body.Bytes(), &response); err != nil {
		t.Fatal(err)
	}
	if (w.Code == http.StatusOK) != (response.Error == "") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("status %d: %+v", w.Code, response)
	}
	return response
}

// tokenRequest logs in and returns a valid request for the tokens.
func tokenRequest(t *testing.T, p *login.Provider, form url.Values) url.Values {
	t.Helper()
	return url.Values{
		"client_id": {login.ClientID}, "grant_type": {"authorization_code"}, "redirect_uri": {callback}, "code_verifier": {verifier},
		"code": {redirectQuery(t, post(p, authorizePath(), form)).Get("code")},
	}
}

func claims(t *testing.T, token string) (header, body map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is not a token", token)
	}
	for i, into := range []*map[string]any{&header, &body} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, body
}

func TestTokens_DescribeSubject(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "http://login.example")
	subjects := map[string]any{}
	for name, tt := range map[string]struct {
		form        url.Values
		email, name string
	}{
		"a button":         {url.Values{"person": {"tove@fagelsang.example"}}, "tove@fagelsang.example", "Tove <b>Fågelsång</b>"},
		"known by address": {url.Values{"email": {"Maja@ekstroms.example"}, "name": {"Other"}}, "maja@ekstroms.example", "Maja Ekström"},
		"another person":   {url.Values{"email": {" New@else.example "}, "name": {"Nya"}}, "new@else.example", "Nya"},
		"without a name":   {url.Values{"email": {"new@else.example"}}, "new@else.example", "new@else.example"},
	} {
		t.Run(name, func(t *testing.T) {
			got := requestTokens(t, p, tokenRequest(t, p, tt.form))
			_, id := claims(t, got.ID)
			header, access := claims(t, got.Access)
			if known, ok := subjects[tt.email]; ok && known != id["sub"] {
				t.Errorf("the subject was %v, and is %v", known, id["sub"])
			}
			subjects[tt.email] = id["sub"]
			for _, c := range []map[string]any{id, access} {
				if c["email"] != tt.email || c["name"] != tt.name || c["email_verified"] != true || c["acr"] != "0" || c["amr"] == nil || c["iss"] != "http://login.example" || c["sub"] == "" {
					t.Errorf("got %v", c)
				}
			}
			if id["aud"] != login.ClientID || id["nonce"] != "the-nonce" || access["aud"] != login.Audience || access["nonce"] != nil || header["typ"] != "at+jwt" || id["sub"] != access["sub"] {
				t.Errorf("ID token %v, access token %v %v", id, header, access)
			}
		})
	}
}

func TestToken_RedeemsCodeOnceWithinMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, "http://login.example")
		maja := url.Values{"person": {"maja@ekstroms.example"}}
		for name, tt := range map[string]struct {
			change func(url.Values)
			wait   time.Duration
			want   string
		}{
			"valid":              {func(url.Values) {}, 59 * time.Second, ""},
			"expired":            {func(url.Values) {}, 61 * time.Second, "invalid_grant"},
			"another verifier":   {func(f url.Values) { f.Set("code_verifier", "other") }, 0, "invalid_grant"},
			"no verifier":        {func(f url.Values) { f.Del("code_verifier") }, 0, "invalid_grant"},
			"another page":       {func(f url.Values) { f.Set("redirect_uri", site) }, 0, "invalid_grant"},
			"another code":       {func(f url.Values) { f.Set("code", "other") }, 0, "invalid_grant"},
			"another client":     {func(f url.Values) { f.Set("client_id", "other") }, 0, "invalid_client"},
			"another grant type": {func(f url.Values) { f.Set("grant_type", "client_credentials") }, 0, "unsupported_grant_type"},
		} {
			form := tokenRequest(t, p, maja)
			spent := form.Get("code")
			tt.change(form)
			time.Sleep(tt.wait)
			if got := requestTokens(t, p, form); got.Error != tt.want {
				t.Errorf("%s: got %+v", name, got)
			}
			form = tokenRequest(t, p, maja)
			form.Set("code", spent)
			if got := requestTokens(t, p, form); tt.want == "" && got.Error != "invalid_grant" {
				t.Errorf("%s, again: got %+v", name, got)
			}
		}
	})
}

func TestUserinfo_RequiresAccessToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, "http://login.example")
		got := requestTokens(t, p, tokenRequest(t, p, url.Values{"person": {"maja@ekstroms.example"}}))
		other := requestTokens(t, newProvider(t, "http://login.example"), url.Values{"grant_type": {"password"}, "client_id": {login.ClientID}, "username": {"maja@ekstroms.example"}})
		_, access := claims(t, got.Access)
		for _, tt := range []struct {
			name, token string
			wait        time.Duration
			want        int
		}{
			{"valid", got.Access, 0, http.StatusOK}, {"an ID token", got.ID, 0, http.StatusUnauthorized}, {"nothing", "", 0, http.StatusUnauthorized},
			{"another key", other.Access, 0, http.StatusUnauthorized}, {"expired", got.Access, time.Hour, http.StatusUnauthorized},
		} {
			time.Sleep(tt.wait)
			w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/userinfo", nil)
			r.Header.Set("Authorization", "Bearer "+tt.token)
			p.ServeHTTP(w, r)
			var body map[string]any
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != tt.want {
				t.Fatalf("%s: status %d, %v", tt.name, w.Code, err)
			}
			if tt.want == http.StatusOK && (body["email"] != "maja@ekstroms.example" || body["sub"] != access["sub"] || body["email_verified"] != true) {
				t.Errorf("got %v", body)
			}
		}
	})
}

func TestAccessToken_AcceptsAnyPassword(t *testing.T) {
	t.Parallel()
	issuer := serve(t)
	token, err := login.AccessToken(t.Context(), issuer, "MAJA@ekstroms.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, c := claims(t, token); c["email"] != "maja@ekstroms.example" || c["name"] != "Maja Ekström" {
		t.Errorf("got %v", c)
	}
	if _, err := login.AccessToken(t.Context(), issuer, "invalid"); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		t.Errorf("got %v", err)
	}
}
