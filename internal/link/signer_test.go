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

func TestVerify_AcceptsSignedLink(t *testing.T) {
	t.Parallel()
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

// Mail programs make the punctuation behind an address a part of the link.
func TestVerify_IgnoresPunctuationBehindLink(t *testing.T) {
	t.Parallel()
	s, want := signer(t, newKey), claims()
	for _, behind := range []string{".", ",", ")", ">", "]", "\"", "'", "!", "?", ";", ":", ").", ">."} {
		if got, err := s.Verify(s.Sign(want)+behind, "approve", now); err != nil || got != want {
			t.Errorf("%q: %+v, %v", behind, got, err)
		}
	}
}

func TestVerify_ChecksEveryField(t *testing.T) {
	t.Parallel()
	s := signer(t, newKey, oldKey)
	valid := s.Sign(claims())
	parts := strings.Split(valid, ".")
	with := func(i int, v string) string {
		p := append([]string(nil), parts...)
		p[i] = v
		return strings.Join(p, ".")
	}
	dotted := claims()
	dotted.Activation = "a.b"
	invalid := claims()
	invalid.Activation = "c-1001"
	tests := []struct {
		name, token, purpose string
		now                  time.Time
		want                 collaboration.Code
	}{
		{"valid", valid, "approve", now, ""},
		{"valid in its last second", valid, "approve", claims().Expires.Add(-time.Second), ""},
		{"expired to the second", valid, "approve", claims().Expires, collaboration.CodeLinkExpired},
		{"expired long ago", valid, "approve", now.AddDate(2, 0, 0), collaboration.CodeLinkExpired},
		{"other purpose", valid, "unsubscribe", now, collaboration.CodeLinkInvalid},
		{"no purpose", valid, "", now, collaboration.CodeLinkInvalid},
		{"old key still verifies", signer(t, oldKey).Sign(claims()), "approve", now, ""},
		{"unknown key", signer(t, bytes.Repeat([]byte("x"), 32)).Sign(claims()), "approve", now, collaboration.CodeLinkInvalid},
		{"empty", "", "approve", now, collaboration.CodeLinkInvalid},
		{"only dots", "......", "approve", now, collaboration.CodeLinkInvalid},
		{"other version", with(0, "2"), "approve", now, collaboration.CodeLinkInvalid},
		{"other generation", with(3, "4"), "approve", now, collaboration.CodeLinkInvalid},
		{"later expiry", with(5, "zzzzzzz"), "approve", now, collaboration.CodeLinkInvalid},
		{"no MAC", with(6, ""), "approve", now, collaboration.CodeLinkInvalid},
		{"MAC of the other key", with(1, strings.Split(signer(t, oldKey).Sign(claims()), ".")[1]), "approve", now, collaboration.CodeLinkInvalid},
		{"padded MAC", valid + "=", "approve", now, collaboration.CodeLinkInvalid},
		{"additional field", valid + ".x", "approve", now, collaboration.CodeLinkInvalid},
		{"very long", valid + strings.Repeat("a", 1<<20), "approve", now, collaboration.CodeLinkInvalid},
		{"signed, with a dot in the activation", s.Sign(dotted), "approve", now, collaboration.CodeLinkInvalid},
		{"signed, with an invalid activation ID", s.Sign(invalid), "approve", now, collaboration.CodeLinkInvalid},
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
				t.Errorf("no claims of an expired link: %+v", got)
			}
		})
	}
}

func TestVerify_RejectsModifiedLink(t *testing.T) {
	t.Parallel()
	s := signer(t, newKey)
	valid := s.Sign(claims())
	for i := range len(valid) {
		for bit := range 8 {
			forged := []byte(valid)
			forged[i] ^= 1 << bit
			if _, err := s.Verify(string(forged), "approve", now); collaboration.CodeOf(err) != collaboration.CodeLinkInvalid {
				t.Fatalf("byte %d, bit %d: got %v", i, bit, err)
			}
		}
	}
}

func TestVerify_RejectsTruncatedLink(t *testing.T) {
	t.Parallel()
	s := signer(t, newKey)
	valid := s.Sign(claims())
	for i := range len(valid) {
		for _, cut := range []string{valid[:i], valid[i+1:]} {
			if _, err := s.Verify(cut, "approve", now); collaboration.CodeOf(err) != collaboration.CodeLinkInvalid {
				t.Fatalf("cut at %d: got %v", i, err)
			}
		}
	}
}

func TestVerify_KeyRotation(t *testing.T) {
	t.Parallel()
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
		{"old link with both keys", rotated, old, ""},
		{"new link with the first key", after, fresh, ""},
		{"new link without the new key", before, fresh, collaboration.CodeLinkInvalid},
		{"old link without the old key", after, old, collaboration.CodeLinkInvalid},
	} {
		if _, err := tt.signer.Verify(tt.token, "approve", now); collaboration.CodeOf(err) != tt.want {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

// A token contains its claims and nothing else, in characters that need no escaping in a
// URL's path.
func TestSign_Format(t *testing.T) {
	t.Parallel()
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

func TestNew_ChecksKeys(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		keys [][]byte
		want string
	}{
		{"none", nil, "no signing key"},
		{"empty", [][]byte{{}}, "signing key 1 has 0 bytes, want at least 32"},
		{"short", [][]byte{bytes.Repeat([]byte("s"), 31)}, "signing key 1 has 31 bytes, want at least 32"},
		{"second short", [][]byte{newKey, []byte("s")}, "signing key 2 has 1 bytes, want at least 32"},
		{"duplicate", [][]byte{newKey, newKey}, ""},
		{"longer", [][]byte{bytes.Repeat([]byte("l"), 64)}, ""},
	} {
		_, err := link.New(tt.keys...)
		if (tt.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

// The caller may erase its copy of a key.
func TestNew_CopiesKeys(t *testing.T) {
	t.Parallel()
	key := bytes.Repeat([]byte("w"), 32)
	s := signer(t, key)
	token := s.Sign(claims())
	clear(key)
	if _, err := s.Verify(token, "approve", now); err != nil {
		t.Error(err)
	}
}

// FuzzVerify checks that only a signed token is accepted.
func FuzzVerify(f *testing.F) {
	s := signer(f, newKey, oldKey)
	valid := s.Sign(claims())
	f.Add(valid, "approve")
	f.Add(valid[:len(valid)-1], "approve")
	f.Add(valid, "")
	f.Add(signer(f, oldKey).Sign(claims()), "approve")
	f.Add("", "")
	f.Add("1......", "approve")
	f.Add("1.aaaa.b.c.d.e.f", "d")
	f.Add("2."+valid[2:], "approve")
	f.Add(strings.Repeat(".", 300), "approve")
	f.Fuzz(func(t *testing.T, token, purpose string) {
		c, err := s.Verify(token, purpose, now)
		var known *collaboration.Error
		switch {
		case err == nil && s.Sign(c) != token && signer(t, oldKey).Sign(c) != token:
			t.Errorf("accepted %q without a valid signature", token)
		case err != nil && !errors.As(err, &known):
			t.Errorf("error outside the catalogue: %v", err)
		}
	})
}
