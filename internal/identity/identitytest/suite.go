package identitytest

import (
	"context"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/eventually"
	"countersign/internal/identity"
)

var maja = User{Email: "Maja@Ekstroms.example", Name: "Maja Ekström"}

// Run runs the suite against a provider.
func Run(t *testing.T, p Provider) {
	for name, test := range map[string]func(*testing.T, Provider){
		"login": testLogin, "invalid callback": testInvalidCallback, "ID tokens": testIDTokens, "access tokens": testAccessTokens,
		"outage": testOutage, "key rotation": testKeyRotation, "logout": testLogout,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, p)
		})
	}
}

// connect returns a client of the provider under test, and its transport.
func (p Provider) connect() (*identity.Provider, *transport) {
	w := &transport{}
	c := p.Config
	c.Transport = w
	return identity.NewProvider(c), w
}

// begin logs in at the provider.
func (p Provider) begin(t *testing.T, ours *identity.Provider) (identity.Attempt, url.Values) {
	t.Helper()
	address, attempt, err := ours.Begin(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return attempt, p.logIn(t, address, maja)
}

func testLogin(t *testing.T, p Provider) {
	ours, _ := p.connect()
	address, attempt, err := ours.Begin(t.Context(), "login")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"response_type": "code", "scope": "openid email profile", "state": attempt.State, "nonce": attempt.Nonce,
		"code_challenge_method": "S256", "prompt": "login", "redirect_uri": p.Config.RedirectURL, "client_id": p.Config.ClientID,
	} {
		if got := u.Query().Get(name); got != want || got == "" {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if c := u.Query().Get("code_challenge"); c == "" || strings.Contains(address, attempt.Verifier) {
		t.Errorf("challenge %q, or the URL contains the verifier", c)
	}
	who, err := ours.Finish(t.Context(), attempt, p.logIn(t, address, maja))
	if err != nil {
		t.Fatal(err)
	}
	if who.Email != "maja@ekstroms.example" || who.Name != maja.Name || who.Subject == "" || who.Issuer != p.Config.Issuer || strings.Count(who.IDToken, ".") != 2 {
		t.Errorf("got %+v", who)
	}
	_, other, err := ours.Begin(t.Context(), "")
	if err != nil || other.State == attempt.State || other.Nonce == attempt.Nonce || other.Verifier == attempt.Verifier {
		t.Errorf("two attempts have the same values: %v", err)
	}
}

func testInvalidCallback(t *testing.T, p Provider) {
	ours, _ := p.connect()
	for _, tt := range []struct {
		name   string
		change func(*identity.Attempt, url.Values)
		want   collaboration.Code
	}{
		{"another state", func(_ *identity.Attempt, q url.Values) { q.Set("state", "other") }, collaboration.CodeLoginRefused},
		{"no state", func(_ *identity.Attempt, q url.Values) { q.Del("state") }, collaboration.CodeLoginRefused},
		{"no attempt", func(a *identity.Attempt, q url.Values) { *a = identity.Attempt{}; q.Del("state") }, collaboration.CodeLoginRefused},
		{"an attempt without a state", func(a *identity.Attempt, q url.Values) { a.State = ""; q.Del("state") }, collaboration.CodeLoginRefused},
		{"another nonce", func(a *identity.Attempt, _ url.Values) { a.Nonce = "other" }, collaboration.CodeLoginRefused},
		{"no nonce", func(a *identity.Attempt, _ url.Values) { a.Nonce = "" }, collaboration.CodeLoginRefused},
		{"another verifier", func(a *identity.Attempt, _ url.Values) { a.Verifier = strings.Repeat("other", 10) }, collaboration.CodeLoginRefused},
		{"no verifier", func(a *identity.Attempt, _ url.Values) { a.Verifier = "" }, collaboration.CodeLoginRefused},
		{"another code", func(_ *identity.Attempt, q url.Values) { q.Set("code", "other") }, collaboration.CodeLoginRefused},
		{"no code", func(_ *identity.Attempt, q url.Values) { q.Del("code") }, collaboration.CodeLoginRefused},
		{"cancelled", func(_ *identity.Attempt, q url.Values) { q.Set("error", "access_denied") }, collaboration.CodeLoginRefused},
		{"server error", func(_ *identity.Attempt, q url.Values) { q.Set("error", "server_error") }, collaboration.CodeUnavailable},
		{"overloaded", func(_ *identity.Attempt, q url.Values) { q.Set("error", "temporarily_unavailable") }, collaboration.CodeUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			attempt, query := p.begin(t, ours)
			code := query.Get("code")
			tt.change(&attempt, query)
			who, err := ours.Finish(t.Context(), attempt, query)
			expect(t, err, tt.want, code)
			if who.Email != "" {
				t.Error("the login succeeded")
			}
		})
	}
	t.Run("twice", func(t *testing.T) {
		attempt, query := p.begin(t, ours)
		if _, err := ours.Finish(t.Context(), attempt, query); err != nil {
			t.Fatal(err)
		}
		_, err := ours.Finish(t.Context(), attempt, query)
		expect(t, err, collaboration.CodeLoginRefused, query.Get("code"))
	})
}

// expect checks an error's code, and that its text has no personal data and no secret.
func expect(t *testing.T, err error, want collaboration.Code, secrets ...string) {
	t.Helper()
	if got := collaboration.CodeOf(err); got != want {
		t.Errorf("got %v, want %q", err, want)
	}
	for _, secret := range append(secrets, maja.Email, strings.ToLower(maja.Email)) {
		if err != nil && secret != "" && strings.Contains(err.Error(), secret) {
			t.Errorf("the error contains a secret: %v", err)
		}
	}
}

// change is a change of a valid token.
type change struct {
	name string
	do   func(map[string]any)
	// want is the error for an access token; "" if it is still valid. A login reports
	// CodeLoginRefused instead of an error of the token.
	want collaboration.Code
}

func (c change) wantOfLogin() collaboration.Code {
	switch c.want {
	case "", collaboration.CodeEmailNotVerified:
		return c.want
	}
	return collaboration.CodeLoginRefused
}

const tokenLife = 10 * time.Minute

// changes apply to ID tokens and access tokens.
var changes = []change{
	{"nothing", func(map[string]any) {}, ""},
	{"the address in capitals", func(c map[string]any) { c["email"] = "MAJA@EKSTROMS.EXAMPLE" }, ""},
	{"verified as a string", func(c map[string]any) { c["email_verified"] = "true" }, ""},
	{"not verified", func(c map[string]any) { c["email_verified"] = false }, collaboration.CodeEmailNotVerified},
	{"not verified as a string", func(c map[string]any) { c["email_verified"] = "false" }, collaboration.CodeEmailNotVerified},
	{"invalid address", func(c map[string]any) { c["email"] = "maja" }, collaboration.CodeEmailNotVerified},
	{"address with the same lower case", func(c map[string]any) { c["email"] = "maja@e\u212astroms.example" }, collaboration.CodeEmailNotVerified},
	{"another audience", func(c map[string]any) { c["aud"] = "another-client" }, collaboration.CodeTokenAudience},
	{"no audience", func(c map[string]any) { delete(c, "aud") }, collaboration.CodeTokenAudience},
	{"another issuer", func(c map[string]any) { c["iss"] = "https://else.example" }, collaboration.CodeTokenInvalid},
	{"expired", func(c map[string]any) { c["exp"] = time.Now().Add(-time.Minute).Unix() }, collaboration.CodeTokenExpired},
	{"no expiry", func(c map[string]any) { delete(c, "exp") }, collaboration.CodeTokenExpired},
	{"not valid yet", func(c map[string]any) { c["nbf"] = time.Now().Add(tokenLife).Unix() }, collaboration.CodeTokenInvalid},
}

// strength is a token with the strength of its login.
type strength struct {
	name     string
	acr, amr any
	want     collaboration.Login
}

var strengths = []strength{
	{"methods as a list", "urn:loa:3", []string{"pwd", "otp"}, collaboration.Login{ACR: "urn:loa:3", AMR: []string{"pwd", "otp"}}},
	{"methods as a text", "urn:loa:2", "pwd", collaboration.Login{ACR: "urn:loa:2", AMR: []string{"pwd"}}},
	{"methods as a number", "urn:loa:1", 7, collaboration.Login{ACR: "urn:loa:1"}},
}

func (s strength) set(claims map[string]any) { claims["acr"], claims["amr"] = s.acr, s.amr }

// check compares a login with the claims and with the provider.
func (s strength) check(t *testing.T, p Provider, got collaboration.Login) {
	t.Helper()
	want := s.want
	want.Issuer, want.Email, want.Subject = p.Config.Issuer, "maja@ekstroms.example", got.Subject
	if got.Subject == "" || !reflect.DeepEqual(got, want) {
		t.Errorf("login %+v, want %+v", got, want)
	}
}

// forgery signs claims without the provider's key.
type forgery struct {
	name string
	sign func(map[string]any) string
}

func forgeries(t *testing.T, published key) []forgery {
	return []forgery{
		{"another key with the same ID", newKey(t, published.id).sign},
		{"an unpublished key", newKey(t, "unknown").sign},
		{"the public key as a shared secret", published.signShared},
		{"nothing", published.unsigned},
		{"a truncated signature", func(c map[string]any) string { s := published.sign(c); return s[:len(s)-40] }},
		{"invalid text", func(map[string]any) string { return "not.a.token" }},
	}
}

func testIDTokens(t *testing.T, p Provider) {
	k := newKey(t, "ours")
	ours, w := p.connect()
	w.keys = k.published()
	begin := func(t *testing.T, make func(map[string]any) string) (identity.Attempt, url.Values) {
		w.set(func(w *transport) { w.tokens = func(raw string) string { return make(claimsOf(t, raw)) } })
		return p.begin(t, ours)
	}
	finish := func(t *testing.T, make func(map[string]any) string) (identity.Identity, error) {
		attempt, query := begin(t, make)
		return ours.Finish(t.Context(), attempt, query)
	}
	for _, tt := range append(changes,
		change{"another nonce", func(c map[string]any) { c["nonce"] = "other" }, collaboration.CodeLoginRefused},
		change{"no nonce", func(c map[string]any) { delete(c, "nonce") }, collaboration.CodeLoginRefused},
		change{"another authorized party", func(c map[string]any) { c["azp"] = "another-client" }, collaboration.CodeLoginRefused},
	) {
		t.Run(tt.name, func(t *testing.T) {
			who, err := finish(t, func(c map[string]any) string { tt.do(c); return k.sign(c) })
			expect(t, err, tt.wantOfLogin())
			if tt.want == "" && who.Email != "maja@ekstroms.example" {
				t.Errorf("got %+v", who)
			}
		})
	}
	for _, f := range forgeries(t, k) {
		t.Run("signed by "+f.name, func(t *testing.T) {
			_, err := finish(t, f.sign)
			expect(t, err, collaboration.CodeLoginRefused)
		})
	}
	for _, s := range strengths {
		t.Run(s.name, func(t *testing.T) {
			who, err := finish(t, func(c map[string]any) string { s.set(c); return k.sign(c) })
			expect(t, err, "")
			s.check(t, p, who.Login())
		})
	}
	t.Run("no nonce anywhere", func(t *testing.T) {
		attempt, query := begin(t, func(c map[string]any) string { delete(c, "nonce"); return k.sign(c) })
		attempt.Nonce = ""
		_, err := ours.Finish(t.Context(), attempt, query)
		expect(t, err, collaboration.CodeLoginRefused)
	})
}

// people has one e-mail address.
type people struct{ err error }

func (p people) Person(_ context.Context, email string) (collaboration.Person, error) {
	if p.err != nil {
		return collaboration.Person{}, p.err
	}
	if email != "maja@ekstroms.example" {
		return collaboration.Person{}, nil
	}
	return collaboration.Person{Name: "Maja", Employee: &collaboration.Employee{ID: "emp-maja"}}, nil
}

func testAccessTokens(t *testing.T, p Provider) {
	if p.AccessToken != nil {
		t.Run("the provider's own", func(t *testing.T) {
			ours, w := p.connect()
			token := p.AccessToken(t, maja)
			for range 3 {
				checkMaja(t, identity.NewTokens(nil, ours, people{}, nil), token)
			}
			if n := w.times(""); n != 2 {
				t.Errorf("%d requests, want the discovery and the keys", n)
			}
		})
	}
	k := newKey(t, "ours")
	ours, w := p.connect()
	w.keys = k.published()
	valid := func() map[string]any {
		return map[string]any{
			"iss": p.Config.Issuer, "sub": "1", "aud": []string{"other", p.Config.Audience}, "exp": time.Now().Add(tokenLife).Unix(), "iat": time.Now().Unix(),
			"email": maja.Email, "email_verified": true, "name": maja.Name,
		}
	}
	tokens := identity.NewTokens(nil, ours, people{}, nil)
	for _, tt := range append(changes,
		change{"ID token", func(c map[string]any) { c["aud"] = p.Config.ClientID }, collaboration.CodeTokenAudience},
		// Some providers give access tokens the claims of ID tokens.
		change{"claims of an ID token", func(c map[string]any) { c["nonce"], c["at_hash"] = "n", "h" }, ""},
		change{"verified is missing", func(c map[string]any) { delete(c, "email_verified") }, collaboration.CodeEmailNotVerified},
		change{"without an address", func(c map[string]any) { delete(c, "email") }, collaboration.CodeEmailNotVerified},
	) {
		t.Run(tt.name, func(t *testing.T) {
			claims := valid()
			tt.do(claims)
			token := k.sign(claims)
			if tt.want == "" {
				checkMaja(t, tokens, token)
				return
			}
			_, err := tokens.Authenticate(t.Context(), token)
			expect(t, err, tt.want, token)
		})
	}
	for _, s := range strengths {
		t.Run(s.name, func(t *testing.T) {
			claims := valid()
			s.set(claims)
			who, err := tokens.Authenticate(t.Context(), k.sign(claims))
			expect(t, err, "")
			s.check(t, p, who.Login)
		})
	}
	for _, f := range forgeries(t, k) {
		t.Run("signed by "+f.name, func(t *testing.T) {
			_, err := tokens.Authenticate(t.Context(), f.sign(valid()))
			expect(t, err, collaboration.CodeTokenInvalid)
		})
	}
	t.Run("without an audience of its own", func(t *testing.T) {
		config := p.Config
		config.Audience, config.Transport = "", w
		tokens := identity.NewTokens(nil, identity.NewProvider(config), people{}, nil)
		claims := valid()
		claims["aud"] = config.ClientID
		_, err := tokens.Authenticate(t.Context(), k.sign(claims))
		expect(t, err, collaboration.CodeTokenInvalid)
		checkMaja(t, tokens, k.signAccessToken(claims))
	})
	t.Run("database outage", func(t *testing.T) {
		unavailable := people{err: &collaboration.Error{Code: collaboration.CodeUnavailable}}
		_, err := identity.NewTokens(nil, ours, unavailable, nil).Authenticate(t.Context(), k.sign(valid()))
		expect(t, err, collaboration.CodeUnavailable)
	})
}

func checkMaja(t *testing.T, tokens *identity.Tokens, token string) {
	t.Helper()
	who, err := tokens.Authenticate(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if who.Email != "maja@ekstroms.example" || who.Name != maja.Name || who.Employee == nil || who.Employee.ID != "emp-maja" {
		t.Errorf("got %+v", who)
	}
}

func testOutage(t *testing.T, p Provider) {
	ours, w := p.connect()
	w.set(func(w *transport) { w.cut = true })
	k := newKey(t, "ours")
	token := k.sign(map[string]any{})
	tokens := identity.NewTokens(nil, ours, people{}, nil)
	began := time.Now()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			_, _, err := ours.Begin(t.Context(), "")
			expect(t, err, collaboration.CodeUnavailable)
			_, err = tokens.Authenticate(t.Context(), token)
			expect(t, err, collaboration.CodeUnavailable, token)
			_, err = ours.Finish(t.Context(), identity.Attempt{State: "s"}, url.Values{"state": {"s"}, "code": {"c"}})
			expect(t, err, collaboration.CodeUnavailable)
		})
	}
	wg.Wait()
	// One attempt at the start, and one more after each half second.
	if n, most := w.times(""), 2+int(time.Since(began)/(500*time.Millisecond)); n > most {
		t.Errorf("%d requests by 150 calls, want at most %d", n, most)
	}
	w.set(func(w *transport) { w.cut = false })
	var attempt identity.Attempt
	var query url.Values
	eventually.OK(t, "the provider is back", func() (err error) {
		attempt, query, err = p.try(t, ours)
		return err
	})
	w.set(func(w *transport) { w.cut = true })
	_, err := ours.Finish(t.Context(), attempt, query)
	expect(t, err, collaboration.CodeUnavailable, query.Get("code"))
	w.set(func(w *transport) { w.cut = false })
	if _, err := ours.Finish(t.Context(), attempt, query); err != nil {
		t.Errorf("the code was used up during the outage: %v", err)
	}
}

func (p Provider) try(t *testing.T, ours *identity.Provider) (identity.Attempt, url.Values, error) {
	address, attempt, err := ours.Begin(t.Context(), "")
	if err != nil {
		return attempt, nil, err
	}
	return attempt, p.logIn(t, address, maja), nil
}

func testKeyRotation(t *testing.T, p Provider) {
	before, after := newKey(t, "before"), newKey(t, "after")
	began := time.Now()
	ours, w := p.connect()
	w.keys = before.published()
	claims := map[string]any{
		"iss": p.Config.Issuer, "sub": "1", "aud": p.Config.Audience, "exp": time.Now().Add(tokenLife).Unix(),
		"email": maja.Email, "email_verified": true, "name": maja.Name,
	}
	tokens := identity.NewTokens(nil, ours, people{}, nil)
	// Concurrent requests share fetched keys for a moment, so the result may be delayed.
	wantEventually := func(k key, want collaboration.Code) {
		t.Helper()
		token := k.sign(claims)
		eventually.OK(t, fmt.Sprintf("the token has the result %q", want), func() error {
			if _, err := tokens.Authenticate(t.Context(), token); collaboration.CodeOf(err) != want {
				return fmt.Errorf("got %v", err)
			}
			return nil
		})
	}
	checkMaja(t, tokens, before.sign(claims))
	wantEventually(after, collaboration.CodeTokenInvalid)

	w.set(func(w *transport) { w.keys = after.published() })
	wantEventually(after, "")
	wantEventually(before, collaboration.CodeTokenInvalid)

	w.set(func(w *transport) { w.cut = true })
	checkMaja(t, tokens, after.sign(claims)) // the keys are cached
	wantEventually(before, collaboration.CodeUnavailable)

	w.set(func(w *transport) { w.cut = false })
	unknown := newKey(t, "unknown").sign(claims)
	for range 300 { // any caller can sign with an unknown key
		_, _ = tokens.Authenticate(t.Context(), unknown)
	}
	// Ten requests at once, one more each second, and the discovery.
	if n, most := w.times(""), 12+int(time.Since(began)/time.Second); n > most {
		t.Errorf("%d requests, want at most %d", n, most)
	}
	checkMaja(t, tokens, after.sign(claims))
}

func testLogout(t *testing.T, p Provider) {
	ours, _ := p.connect()
	if got := ours.LogoutURL("token", "http://home.example/"); got != "" {
		t.Errorf("before the discovery: %q", got)
	}
	if _, _, err := ours.Begin(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	got := ours.LogoutURL("token", "http://home.example/")
	if !p.HasLogout {
		if got != "" {
			t.Errorf("got %q", got)
		}
		return
	}
	u, err := url.Parse(got)
	if err != nil || u.Query().Get("client_id") != p.Config.ClientID || u.Query().Get("id_token_hint") != "token" || u.Query().Get("post_logout_redirect_uri") != "http://home.example/" {
		t.Errorf("got %q, %v", got, err)
	}
}
