package identity_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/apikey"
	"countersign/internal/identity"
)

// people has an employee for every address except one.
type people struct{ err error }

func (p people) Person(_ context.Context, email string) (collaboration.Person, error) {
	if email == "gone@ekstroms.example" {
		return collaboration.Person{}, p.err
	}
	return collaboration.Person{Name: "Name", Employee: &collaboration.Employee{ID: "emp-" + email}}, p.err
}

const config = "maja@ekstroms.example:maja-0123456789ab, Nils@Ekstroms.example:nils-0123456789ab,maja@ekstroms.example:maja-second-token,gone@ekstroms.example:gone-0123456789ab,"

func parse(t *testing.T, config string) *identity.StaticTokens {
	t.Helper()
	tokens, err := identity.ParseStaticTokens(config)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func TestAuthenticate_StaticTokens(t *testing.T) {
	t.Parallel()
	tokens := identity.NewTokens(parse(t, config), nil, people{}, nil)
	for token, want := range map[string]string{
		"maja-0123456789ab": "maja@ekstroms.example", "maja-second-token": "maja@ekstroms.example", "nils-0123456789ab": "nils@ekstroms.example",
		"maja-0123456789a": "", "maja-0123456789abc": "", "": "", "maja@ekstroms.example": "", "MAJA-0123456789AB": "",
	} {
		got, err := tokens.Authenticate(t.Context(), token)
		if got.Email != want || (want == "") != (collaboration.CodeOf(err) == collaboration.CodeTokenInvalid) {
			t.Errorf("%q: %q, %v; want %q", token, got.Email, err, want)
		}
		if want != "" && (got.Employee == nil || got.Employee.ID != "emp-"+want || got.Name != "Name") {
			t.Errorf("%q: %+v", token, got)
		}
	}
	if got, err := tokens.Authenticate(t.Context(), "gone-0123456789ab"); err != nil || got.Employee != nil || got.Email != "gone@ekstroms.example" {
		t.Errorf("user without a role: %+v, %v", got, err)
	}
}

func TestAuthenticate_DatabaseUnavailable(t *testing.T) {
	t.Parallel()
	tokens := identity.NewTokens(parse(t, config), nil, people{&collaboration.Error{Code: collaboration.CodeUnavailable}}, nil)
	if _, err := tokens.Authenticate(t.Context(), "maja-0123456789ab"); collaboration.CodeOf(err) != collaboration.CodeUnavailable {
		t.Errorf("got %v", err)
	}
}

func TestParseStaticTokens_Invalid(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ config, want string }{
		{"maja@ekstroms.example", "entry 1 is not EMAIL:TOKEN"},
		{":secret-0123456789", "entry 1 is not"},
		{"emp-maja:secret-0123456789", "entry 1 is not"},
		{"maja@ekstroms.example:secret-short", "entry 1 has 12 characters, want at least 16"},
		{"maja@ekstroms.example:secret.0123456.789", "entry 1 has 18 characters, want at least 16 and not two dots"},
		{"a@x.example:secret-0123456789,b@x.example:secret-0123456789", "entry 2 repeats a token"},
	} {
		_, err := identity.ParseStaticTokens(tt.config)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "@") {
			t.Errorf("%q: got %v, want %q", tt.config, err, tt.want)
		}
	}
}

func TestAuthenticate_WithoutStaticTokens(t *testing.T) {
	t.Parallel()
	for name, static := range map[string]*identity.StaticTokens{"none set": parse(t, ""), "nil": nil} {
		for _, token := range []string{"", "maja-0123456789ab"} {
			if _, err := identity.NewTokens(static, nil, people{}, nil).Authenticate(t.Context(), token); collaboration.CodeOf(err) != collaboration.CodeTokenInvalid {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
}

// programs has one API key.
type programs struct{ hash string }

func (p programs) Program(_ context.Context, hash string, now time.Time) (collaboration.Person, error) {
	if hash != p.hash || time.Since(now) > time.Minute {
		return collaboration.Person{}, &collaboration.Error{Code: collaboration.CodeTokenRevoked}
	}
	return collaboration.Person{Name: "Practice system", Scope: collaboration.ScopeRead}, nil
}

// A key is looked up by its hash alone, also if its secret looks like another token.
func TestAuthenticate_APIKeys(t *testing.T) {
	t.Parallel()
	secret := apikey.NewSecret()
	tokens := identity.NewTokens(parse(t, config), nil, people{}, programs{apikey.Hash(secret)})
	if p, err := tokens.Authenticate(t.Context(), secret); err != nil || p.Scope != collaboration.ScopeRead || p.Email != "" || p.Name != "Practice system" {
		t.Errorf("%+v, %v", p, err)
	}
	for _, token := range []string{"csk_", "csk_a.b.c", secret + "="} {
		if _, err := tokens.Authenticate(t.Context(), token); collaboration.CodeOf(err) != collaboration.CodeTokenRevoked {
			t.Errorf("%q: %v", token, err)
		}
	}
}
