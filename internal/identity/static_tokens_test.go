package identity_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/internal/identity"
)

type office struct{ err error }

func (o office) Employee(_ context.Context, id string) (collaboration.Employee, error) {
	if id == "emp-gone" {
		return collaboration.Employee{}, &collaboration.Error{Code: collaboration.CodeNotFound}
	}
	return collaboration.Employee{ID: id, OfficeID: "office-1"}, o.err
}

const config = "emp-maja:maja-0123456789ab, emp-nils:nils-0123456789ab,emp-maja:maja-second-token,emp-gone:gone-0123456789ab,"

func TestAuthenticate(t *testing.T) {
	tokens, err := identity.ParseStaticTokens(config, office{})
	if err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]string{
		"maja-0123456789ab": "emp-maja", "maja-second-token": "emp-maja", "nils-0123456789ab": "emp-nils",
		"gone-0123456789ab": "", "maja-0123456789a": "", "maja-0123456789abc": "", "": "", "emp-maja": "", "MAJA-0123456789AB": "",
	} {
		got, err := tokens.Authenticate(context.Background(), token)
		if got.ID != want || (want == "") != (collaboration.CodeOf(err) == collaboration.CodeUnauthenticated) {
			t.Errorf("%q: %q, %v; want %q", token, got.ID, err, want)
		}
	}
}

func TestUnreachableIsNotUnauthenticated(t *testing.T) {
	tokens, err := identity.ParseStaticTokens(config, office{err: &collaboration.Error{Code: collaboration.CodeUnavailable}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = tokens.Authenticate(context.Background(), "maja-0123456789ab")
	if !errors.Is(err, &collaboration.Error{Code: collaboration.CodeUnavailable}) {
		t.Errorf("got %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tt := range []struct{ config, want string }{
		{"emp-maja", "entry 1 is not employee-id:token"},
		{":secret-0123456789", "entry 1 is not"},
		{"emp-maja:secret-short", "the token of emp-maja has 12 characters, want at least 16"},
		{"a:secret-0123456789,b:secret-0123456789", "the token of b is there twice"},
	} {
		_, err := identity.ParseStaticTokens(tt.config, office{})
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %v, want %q", tt.config, err, tt.want)
		}
	}
}

func TestNoTokens(t *testing.T) {
	tokens, err := identity.ParseStaticTokens("", office{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Authenticate(context.Background(), ""); collaboration.CodeOf(err) != collaboration.CodeUnauthenticated {
		t.Errorf("got %v", err)
	}
}
