package identitytest

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/identity"
)

var maja = Somebody{Email: "Maja@Ekstroms.example", Name: "Maja Ekström"}

// Run runs the suite against a provider.
func Run(t *testing.T, p Provider) {
	for name, test := range map[string]func(*testing.T, Provider){
		"login": logIn, "what comes back is not good": cameBackWrong, "ID tokens": idTokens, "access tokens": accessTokens,
		"the provider is away": away, "new keys": newKeys, "logout": logOut,
	} {
		t.Run(name, func(t *testing.T) { test(t, p) })
	}
}

// connect is a provider of our own at the one under test, and the wire between.
func (p Provider) connect() (*identity.Provider, *wire) {
	w := &wire{}
	c := p.Config
	c.Transport = w
	return identity.NewProvider(c), w
}

// begin goes to the provider and comes back.
func (p Provider) begin(t *testing.T, ours *identity.Provider) (identity.Attempt, url.Values) {
	t.Helper()
	address, attempt, err := ours.Begin(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return attempt, p.logIn(t, address, maja)
}

func logIn(t *testing.T, p Provider) {
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
		t.Errorf("the challenge %q, or it shows the verifier", c)
	}
	who, err := ours.Finish(t.Context(), attempt, p.logIn(t, address, maja))
	if err != nil {
		t.Fatal(err)
	}
	if who.Email != "maja@ekstroms.example" || who.Name != maja.Name || who.Subject == "" || strings.Count(who.IDToken, ".") != 2 {
		t.Errorf("got %+v", who)
	}
	_, other, err := ours.Begin(t.Context(), "")
	if err != nil || other.State == attempt.State || other.Nonce == attempt.Nonce || other.Verifier == attempt.Verifier {
		t.Errorf("an attempt is like the one before: %v", err)
	}
}

func cameBackWrong(t *testing.T, p Provider) {
	ours, _ := p.connect()
	for _, tt := range []struct {
		name   string
		change func(*identity.Attempt, url.Values)
		want   collaboration.Code
	}{
		{"another state", func(_ *identity.Attempt, q url.Values) { q.Set("state", "other") }, collaboration.CodeUnauthenticated},
		{"no state", func(_ *identity.Attempt, q url.Values) { q.Del("state") }, collaboration.CodeUnauthenticated},
		{"no attempt", func(a *identity.Attempt, q url.Values) { *a = identity.Attempt{}; q.Del("state") }, collaboration.CodeUnauthenticated},
		{"an attempt without a state", func(a *identity.Attempt, q url.Values) { a.State = ""; q.Del("state") }, collaboration.CodeUnauthenticated},
		{"another nonce", func(a *identity.Attempt, _ url.Values) { a.Nonce = "other" }, collaboration.CodeUnauthenticated},
		{"no nonce", func(a *identity.Attempt, _ url.Values) { a.Nonce = "" }, collaboration.CodeUnauthenticated},
		{"another verifier", func(a *identity.Attempt, _ url.Values) { a.Verifier = strings.Repeat("other", 10) }, collaboration.CodeUnauthenticated},
		{"no verifier", func(a *identity.Attempt, _ url.Values) { a.Verifier = "" }, collaboration.CodeUnauthenticated},
		{"another code", func(_ *identity.Attempt, q url.Values) { q.Set("code", "other") }, collaboration.CodeUnauthenticated},
		{"no code", func(_ *identity.Attempt, q url.Values) { q.Del("code") }, collaboration.CodeUnauthenticated},
		{"cancelled", func(_ *identity.Attempt, q url.Values) { q.Set("error", "access_denied") }, collaboration.CodeUnauthenticated},
		{"out of order", func(_ *identity.Attempt, q url.Values) { q.Set("error", "server_error") }, collaboration.CodeUnavailable},
		{"overloaded", func(_ *identity.Attempt, q url.Values) { q.Set("error", "temporarily_unavailable") }, collaboration.CodeUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			attempt, query := p.begin(t, ours)
			code := query.Get("code")
			tt.change(&attempt, query)
			who, err := ours.Finish(t.Context(), attempt, query)
			expect(t, err, tt.want, code)
			if who != (identity.Identity{}) && who.Email != "" {
				t.Error("somebody was let in")
			}
		})
	}
	t.Run("twice", func(t *testing.T) {
		attempt, query := p.begin(t, ours)
		if _, err := ours.Finish(t.Context(), attempt, query); err != nil {
			t.Fatal(err)
		}
		_, err := ours.Finish(t.Context(), attempt, query)
		expect(t, err, collaboration.CodeUnauthenticated, query.Get("code"))
	})
}

// expect wants an error's code, and nothing personal or secret in its text.
func expect(t *testing.T, err error, want collaboration.Code, secrets ...string) {
	t.Helper()
	if got := collaboration.CodeOf(err); got != want {
		t.Errorf("got %v, want %q", err, want)
	}
	for _, secret := range append(secrets, maja.Email, strings.ToLower(maja.Email)) {
		if err != nil && secret != "" && strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows what it must not: %v", err)
		}
	}
}

// change is one thing about a token that is otherwise good.
type change struct {
	name string
	do   func(map[string]any)
	want collaboration.Code // "" where the token stays good
}

const soon = 10 * time.Minute

// changes are what any token may have that makes it bad, or not.
var changes = []change{
	{"nothing", func(map[string]any) {}, ""},
	{"the address in capitals", func(c map[string]any) { c["email"] = "MAJA@EKSTROMS.EXAMPLE" }, ""},
	{"verified in words", func(c map[string]any) { c["email_verified"] = "true" }, ""},
	{"not verified", func(c map[string]any) { c["email_verified"] = false }, collaboration.CodeUnauthenticated},
	{"not verified in words", func(c map[string]any) { c["email_verified"] = "false" }, collaboration.CodeUnauthenticated},
	{"verified is missing", func(c map[string]any) { delete(c, "email_verified") }, collaboration.CodeUnauthenticated},
	{"no address at all", func(c map[string]any) { c["email"] = "maja" }, collaboration.CodeUnauthenticated},
	{"an address that only looks the same in lower case", func(c map[string]any) { c["email"] = "maja@e\u212astroms.example" }, collaboration.CodeUnauthenticated},
	{"another audience", func(c map[string]any) { c["aud"] = "somebody-else" }, collaboration.CodeUnauthenticated},
	{"no audience", func(c map[string]any) { delete(c, "aud") }, collaboration.CodeUnauthenticated},
	{"another issuer", func(c map[string]any) { c["iss"] = "https://else.example" }, collaboration.CodeUnauthenticated},
	{"expired", func(c map[string]any) { c["exp"] = time.Now().Add(-time.Minute).Unix() }, collaboration.CodeUnauthenticated},
	{"no expiry", func(c map[string]any) { delete(c, "exp") }, collaboration.CodeUnauthenticated},
	{"not yet", func(c map[string]any) { c["nbf"] = time.Now().Add(soon).Unix() }, collaboration.CodeUnauthenticated},
}

// forgery is one way to sign what the provider never signed.
type forgery struct {
	name string
	sign func(map[string]any) string
}

func forgeries(t *testing.T, published key) []forgery {
	return []forgery{
		{"another key of the same name", newKey(t, published.id).sign},
		{"a key that is not published", newKey(t, "unknown").sign},
		{"the public key as a shared secret", published.signShared},
		{"nothing", published.unsigned},
		{"half a signature", func(c map[string]any) string { s := published.sign(c); return s[:len(s)-40] }},
		{"words", func(map[string]any) string { return "not.a.token" }},
	}
}

func idTokens(t *testing.T, p Provider) {
	k := newKey(t, "ours")
	ours, w := p.connect()
	w.keys = k.published()
	begin := func(t *testing.T, make func(map[string]any) string) (identity.Attempt, url.Values) {
		w.set(func(w *wire) { w.tokens = func(raw string) string { return make(claimsOf(t, raw)) } })
		return p.begin(t, ours)
	}
	finish := func(t *testing.T, make func(map[string]any) string) (identity.Identity, error) {
		attempt, query := begin(t, make)
		return ours.Finish(t.Context(), attempt, query)
	}
	for _, tt := range append(changes,
		change{"another nonce", func(c map[string]any) { c["nonce"] = "other" }, collaboration.CodeUnauthenticated},
		change{"no nonce", func(c map[string]any) { delete(c, "nonce") }, collaboration.CodeUnauthenticated},
		change{"for another party", func(c map[string]any) { c["azp"] = "somebody-else" }, collaboration.CodeUnauthenticated},
	) {
		t.Run(tt.name, func(t *testing.T) {
			who, err := finish(t, func(c map[string]any) string { tt.do(c); return k.sign(c) })
			expect(t, err, tt.want)
			if tt.want == "" && who.Email != "maja@ekstroms.example" {
				t.Errorf("got %+v", who)
			}
		})
	}
	for _, f := range forgeries(t, k) {
		t.Run("signed by "+f.name, func(t *testing.T) {
			_, err := finish(t, f.sign)
			expect(t, err, collaboration.CodeUnauthenticated)
		})
	}
	t.Run("no nonce anywhere", func(t *testing.T) {
		attempt, query := begin(t, func(c map[string]any) string { delete(c, "nonce"); return k.sign(c) })
		attempt.Nonce = ""
		_, err := ours.Finish(t.Context(), attempt, query)
		expect(t, err, collaboration.CodeUnauthenticated)
	})
}

// people know one e-mail address.
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

func accessTokens(t *testing.T, p Provider) {
	if p.AccessToken != nil {
		t.Run("the provider's own", func(t *testing.T) {
			ours, w := p.connect()
			token := p.AccessToken(t, maja)
			for range 3 {
				checkMaja(t, identity.NewTokens(nil, ours, people{}), token)
			}
			if n := w.times(""); n != 2 {
				t.Errorf("the provider was asked %d times, for what it can do and for its keys", n)
			}
		})
	}
	k := newKey(t, "ours")
	ours, w := p.connect()
	w.keys = k.published()
	good := func() map[string]any {
		return map[string]any{
			"iss": p.Config.Issuer, "sub": "1", "aud": []string{"other", p.Config.Audience}, "exp": time.Now().Add(soon).Unix(), "iat": time.Now().Unix(),
			"email": maja.Email, "email_verified": true, "name": maja.Name,
		}
	}
	tokens := identity.NewTokens(nil, ours, people{})
	for _, tt := range append(changes,
		change{"that is an ID token", func(c map[string]any) { c["nonce"] = "n" }, collaboration.CodeUnauthenticated},
		change{"that is an ID token, too", func(c map[string]any) { c["at_hash"] = "h" }, collaboration.CodeUnauthenticated},
		change{"without an address", func(c map[string]any) { delete(c, "email") }, collaboration.CodeUnauthenticated},
	) {
		t.Run(tt.name, func(t *testing.T) {
			claims := good()
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
	for _, f := range forgeries(t, k) {
		t.Run("signed by "+f.name, func(t *testing.T) {
			_, err := tokens.Authenticate(t.Context(), f.sign(good()))
			expect(t, err, collaboration.CodeUnauthenticated)
		})
	}
	t.Run("the facts are away", func(t *testing.T) {
		away := people{err: &collaboration.Error{Code: collaboration.CodeUnavailable}}
		_, err := identity.NewTokens(nil, ours, away).Authenticate(t.Context(), k.sign(good()))
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

func away(t *testing.T, p Provider) {
	ours, w := p.connect()
	w.set(func(w *wire) { w.cut = true })
	k := newKey(t, "ours")
	token := k.sign(map[string]any{})
	tokens := identity.NewTokens(nil, ours, people{})
	var many sync.WaitGroup
	for range 50 {
		many.Go(func() {
			_, _, err := ours.Begin(t.Context(), "")
			expect(t, err, collaboration.CodeUnavailable)
			_, err = tokens.Authenticate(t.Context(), token)
			expect(t, err, collaboration.CodeUnavailable, token)
			_, err = ours.Finish(t.Context(), identity.Attempt{State: "s"}, url.Values{"state": {"s"}, "code": {"c"}})
			expect(t, err, collaboration.CodeUnavailable)
		})
	}
	many.Wait()
	if n := w.times(""); n > 5 {
		t.Errorf("a provider that is away was asked %d times at once", n)
	}
	w.set(func(w *wire) { w.cut = false })
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		attempt, query, err := p.try(t, ours)
		if err == nil {
			w.set(func(w *wire) { w.cut = true })
			_, err = ours.Finish(t.Context(), attempt, query)
			expect(t, err, collaboration.CodeUnavailable, query.Get("code"))
			w.set(func(w *wire) { w.cut = false })
			if _, err := ours.Finish(t.Context(), attempt, query); err != nil {
				t.Errorf("the code was not spent while the provider was away: %v", err)
			}
			return
		}
		if time.Now().After(until) {
			t.Fatalf("the provider is back, but: %v", err)
		}
	}
}

func (p Provider) try(t *testing.T, ours *identity.Provider) (identity.Attempt, url.Values, error) {
	address, attempt, err := ours.Begin(t.Context(), "")
	if err != nil {
		return attempt, nil, err
	}
	return attempt, p.logIn(t, address, maja), nil
}

func newKeys(t *testing.T, p Provider) {
	before, after := newKey(t, "before"), newKey(t, "after")
	ours, w := p.connect()
	w.keys = before.published()
	claims := map[string]any{
		"iss": p.Config.Issuer, "sub": "1", "aud": p.Config.Audience, "exp": time.Now().Add(soon).Unix(),
		"email": maja.Email, "email_verified": true, "name": maja.Name,
	}
	tokens := identity.NewTokens(nil, ours, people{})
	// Keys that were just fetched are shared a moment longer: ask again.
	soon := func(k key, want collaboration.Code) {
		t.Helper()
		var err error
		for range 5 {
			if _, err = tokens.Authenticate(t.Context(), k.sign(claims)); collaboration.CodeOf(err) == want {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Errorf("got %v, want %q", err, want)
	}
	checkMaja(t, tokens, before.sign(claims))
	soon(after, collaboration.CodeUnauthenticated)

	w.set(func(w *wire) { w.keys = after.published() })
	soon(after, "")
	soon(before, collaboration.CodeUnauthenticated)

	w.set(func(w *wire) { w.cut = true })
	checkMaja(t, tokens, after.sign(claims)) // its keys are known
	soon(before, collaboration.CodeUnavailable)

	w.set(func(w *wire) { w.cut = false })
	unknown := newKey(t, "unknown").sign(claims)
	for range 30 { // anybody can sign with a key that nobody knows
		_, _ = tokens.Authenticate(t.Context(), unknown)
	}
	if n := w.times(""); n > 20 {
		t.Errorf("the provider was asked %d times", n)
	}
	checkMaja(t, tokens, after.sign(claims))
}

func logOut(t *testing.T, p Provider) {
	ours, _ := p.connect()
	if got := ours.LogoutURL("token", "http://home.example/"); got != "" {
		t.Errorf("before the provider was asked: %q", got)
	}
	if _, _, err := ours.Begin(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	got := ours.LogoutURL("token", "http://home.example/")
	if !p.LogsOut {
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
