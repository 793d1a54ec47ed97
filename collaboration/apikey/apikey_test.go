package apikey_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/apikey"
)

var now = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

func TestKey_Status(t *testing.T) {
	t.Parallel()
	for want, k := range map[apikey.Status]apikey.Key{
		apikey.Active:  {ExpiresAt: now.Add(time.Second)},
		apikey.Expired: {ExpiresAt: now},
		apikey.Revoked: {ExpiresAt: now, RevokedAt: now},
	} {
		if got := k.Status(now); got != want {
			t.Errorf("%+v is %s, want %s", k, got, want)
		}
	}
	if got := (apikey.Key{}).Status(now); got != apikey.Active {
		t.Errorf("a key without expiry is %s", got)
	}
}

func TestNew_NamesEveryInvalidField(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		n    apikey.New
		want []collaboration.FieldError
	}{
		{apikey.New{Name: " Practice system ", Scope: collaboration.ScopeRead}, nil},
		{apikey.New{Name: "n", Scope: collaboration.ScopeManage, ExpiresAt: now.Add(time.Hour)}, nil},
		{apikey.New{Name: " ", ExpiresAt: now}, []collaboration.FieldError{{Field: "name", Code: collaboration.CodeRequired}, {Field: "scope", Code: collaboration.CodeRequired}, {Field: "expires_at", Code: collaboration.CodeInThePast}}},
		{apikey.New{Name: strings.Repeat("å", 101), Scope: "all", ExpiresAt: now.AddDate(8000, 0, 0)}, []collaboration.FieldError{{Field: "name", Code: collaboration.CodeTooLong}, {Field: "scope", Code: collaboration.CodeInvalidChoice}, {Field: "expires_at", Code: collaboration.CodeTooFarAhead}}},
	} {
		var e *collaboration.Error
		if errors.As(tt.n.Clean().Check(now), &e); tt.want == nil && e != nil || tt.want != nil && (e == nil || !slices.Equal(e.Fields, tt.want)) {
			t.Errorf("%+v: %v, want %v", tt.n, e, tt.want)
		}
	}
}

func TestSecret_IsRandomAndHashed(t *testing.T) {
	t.Parallel()
	one, two := apikey.NewSecret(), apikey.NewSecret()
	if one == two || len(one) != len("csk_")+43 || !apikey.IsSecret(one) || strings.Contains(one, ".") {
		t.Errorf("%q and %q", one, two)
	}
	if got := apikey.Hash("csk_a"); got != "22bdb3ef729c2a4a8197048a85afb6d0be079d8c535f346708d36632c8563b69" || apikey.Hash(one) == apikey.Hash(two) {
		t.Errorf("hash %q", got)
	}
}
