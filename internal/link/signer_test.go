package link_test

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/link"
)

var (
	oldKey = bytes.Repeat([]byte("o"), 32)
	newKey = bytes.Repeat([]byte("n"), 32)
	now    = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

func signer(t testing.TB, keys ...[]byte) *link.Signer {
	t.Helper()
	s, err := link.New(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func claims() link.Claims {
	return link.Claims{
		Activation: collaboration.NewActivationID("office-1", "c-1001", "financial-overview"),
		Generation: 3, Purpose: "approve", Expires: now.Add(30 * 24 * time.Hour),
	}
}

func TestRoundTrip(t *testing.T) {
	s := signer(t, newKey)
	for _, generation := range []int{0, 1, 2, 17, 1 << 30} {
		want := claims()
		want.Generation = generation
		got, err := s.Verify(s.Sign(want), "approve", now)
		if err != nil || got != want {
			t.Errorf("generation %d: got %+v, %v; want %+v", generation, got, err, want)
		}
	}
}

func TestVerify(t *testing.T) {
	s := signer(t, newKey, oldKey)
	good := s.Sign(claims())
	parts := strings.Split(good, ".")
	with := func(i int, v string) string {
		p := append([]string(nil), parts...)
		p[i] = v
		return strings.Join(p, ".")
	}
	odd := claims()
	odd.Activation = "a.b"
	nobody := claims()
	nobody.Activation = "c-1001"
	tests := []struct {
		name, token, purpose string
		now                  time.Time
		want                 collaboration.Code
	}{
		{"good", good, "approve", now, ""},
		{"good in its last second", good, "approve", claims().Expires.Add(-time.Second), ""},
		{"expired to the second", good, "approve", claims().Expires, collaboration.CodeLinkExpired},
		{"expired long ago", good, "approve", now.AddDate(2, 0, 0), collaboration.CodeLinkExpired},
		{"other purpose", good, "unsubscribe", now, collaboration.CodeLinkInvalid},
		{"no purpose", good, "", now, collaboration.CodeLinkInvalid},
		{"old key still verifies", signer(t, oldKey).Sign(claims()), "approve", now, ""},
		{"unknown key", signer(t, bytes.Repeat([]byte("x"), 32)).Sign(claims()), "approve", now, collaboration.CodeLinkInvalid},
		{"nothing", "", "approve", now, collaboration.CodeLinkInvalid},
		{"only dots", "......", "approve", now, collaboration.CodeLinkInvalid},
		{"other version", with(0, "2"), "approve", now, collaboration.CodeLinkInvalid},
		{"other generation", with(3, "4"), "approve", now, collaboration.CodeLinkInvalid},
		{"later expiry", with(5, "zzzzzzz"), "approve", now, collaboration.CodeLinkInvalid},
		{"no seal", with(6, ""), "approve", now, collaboration.CodeLinkInvalid},
		{"seal of the other key", with(1, strings.Split(signer(t, oldKey).Sign(claims()), ".")[1]), "approve", now, collaboration.CodeLinkInvalid},
		{"padded seal", good + "=", "approve", now, collaboration.CodeLinkInvalid},
		{"one field more", good + ".x", "approve", now, collaboration.CodeLinkInvalid},
		{"very long", good + strings.Repeat("a", 1<<20), "approve", now, collaboration.CodeLinkInvalid},
		{"signed, but with a dot in the activation", s.Sign(odd), "approve", now, collaboration.CodeLinkInvalid},
		{"signed, but no activation's ID", s.Sign(nobody), "approve", now, collaboration.CodeLinkInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := s.Verify(tt.token, tt.purpose, tt.now)
			if code := collaboration.CodeOf(err); code != tt.want {
				t.Fatalf("code %q, want %q (%v)", code, tt.want, err)
			}
			if tt.want == collaboration.CodeLinkInvalid && got != (link.Claims{}) {
				t.Errorf("claims of an invalid link: %+v", got)
			}
			if tt.want == collaboration.CodeLinkExpired && got.Generation != 3 {
				t.Errorf("an expired link must still say what it was: %+v", got)
			}
		})
	}
}

func TestEveryFlippedByteIsRefused(t *testing.T) {
	s := signer(t, newKey)
	good := s.Sign(claims())
	for i := range len(good) {
		for bit := range 8 {
			forged := []byte(good)
			forged[i] ^= 1 << bit
			if _, err := s.Verify(string(forged), "approve", now); collaboration.CodeOf(err) != collaboration.CodeLinkInvalid {
				t.Fatalf("byte %d, bit %d: got %v", i, bit, err)
			}
		}
	}
}

func TestEveryTruncationIsRefused(t *testing.T) {
	s := signer(t, newKey)
	good := s.Sign(claims())
	for i := range len(good) {
		for _, cut := range []string{good[:i], good[i+1:]} {
			if _, err := s.Verify(cut, "approve", now); collaboration.CodeOf(err) != collaboration.CodeLinkInvalid {
				t.Fatalf("cut at %d: got %v", i, err)
			}
		}
	}
}

func TestRotation(t *testing.T) {
	before := signer(t, oldKey)
	rotated := signer(t, newKey, oldKey)
	after := signer(t, newKey)
	old, fresh := before.Sign(claims()), rotated.Sign(claims())
	for _, tt := range []struct {
		name   string
		signer *link.Signer
		token  string
		want   collaboration.Code
	}{
		{"old link while both keys are there", rotated, old, ""},
		{"new link is signed with the first key", after, fresh, ""},
		{"new link where the new key is unknown", before, fresh, collaboration.CodeLinkInvalid},
		{"old link after its key was removed", after, old, collaboration.CodeLinkInvalid},
	} {
		if _, err := tt.signer.Verify(tt.token, "approve", now); collaboration.CodeOf(err) != tt.want {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

// A token holds what its claims say and nothing more, in characters that a
// URL's path carries as they are.
func TestTokenHoldsNothingElse(t *testing.T) {
	c := claims()
	token := signer(t, newKey).Sign(c)
	shape := regexp.MustCompile(`^1\.[\w-]{4}\.` + regexp.QuoteMeta(string(c.Activation)) + `\.3\.approve\.[0-9a-z]{6,7}\.[\w-]{43}$`)
	if !shape.MatchString(token) {
		t.Errorf("unexpected token %q", token)
	}
	if len(token) > 128 {
		t.Errorf("token has %d bytes", len(token))
	}
}

func TestKeys(t *testing.T) {
	for _, tt := range []struct {
		name string
		keys [][]byte
		want string
	}{
		{"none", nil, "no signing key"},
		{"empty", [][]byte{{}}, "signing key 1 has 0 bytes, want at least 32"},
		{"short", [][]byte{bytes.Repeat([]byte("s"), 31)}, "signing key 1 has 31 bytes, want at least 32"},
		{"second short", [][]byte{newKey, []byte("s")}, "signing key 2 has 1 bytes, want at least 32"},
		{"the same twice", [][]byte{newKey, newKey}, ""},
		{"longer", [][]byte{bytes.Repeat([]byte("l"), 64)}, ""},
	} {
		_, err := link.New(tt.keys...)
		if (tt.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

// The caller may wipe its copy of a key.
func TestKeysAreCopied(t *testing.T) {
	key := bytes.Repeat([]byte("w"), 32)
	s := signer(t, key)
	token := s.Sign(claims())
	clear(key)
	if _, err := s.Verify(token, "approve", now); err != nil {
		t.Error(err)
	}
}

func FuzzVerify(f *testing.F) {
	s := signer(f, newKey, oldKey)
	good := s.Sign(claims())
	f.Add(good, "approve")
	f.Add(good[:len(good)-1], "approve")
	f.Add(good, "")
	f.Add(signer(f, oldKey).Sign(claims()), "approve")
	f.Add("", "")
	f.Add("1......", "approve")
	f.Add("1.aaaa.b.c.d.e.f", "d")
	f.Add("2."+good[2:], "approve")
	f.Add(strings.Repeat(".", 300), "approve")
	f.Fuzz(func(t *testing.T, token, purpose string) {
		c, err := s.Verify(token, purpose, now)
		var known *collaboration.Error
		switch {
		case err == nil && s.Sign(c) != token && signer(t, oldKey).Sign(c) != token:
			t.Errorf("accepted %q, which nobody signed", token)
		case err != nil && !errors.As(err, &known):
			t.Errorf("error outside the catalogue: %v", err)
		}
	})
}
