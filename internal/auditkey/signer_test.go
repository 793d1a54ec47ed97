package auditkey_test

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/anchor"
	"countersign/internal/auditkey"
)

const id = collaboration.ActivationID("aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb")

var (
	oldSeed = bytes.Repeat([]byte("o"), 32)
	newSeed = bytes.Repeat([]byte("n"), 32)
)

func signer(t *testing.T, seeds, retired [][]byte) *auditkey.Signer {
	t.Helper()
	s, err := auditkey.New(seeds, retired)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The first key signs. A removed key verifies as long as its public key is listed.
func TestSign_KeyRotation(t *testing.T) {
	t.Parallel()
	before := signer(t, [][]byte{oldSeed}, nil)
	retired := [][]byte{before.Keys()[0]}
	row := collaboration.AuditRow{Sequence: 7, Hash: strings.Repeat("ab", 32)}
	old, fresh := anchor.Of(id, before.Sign(id, row)), anchor.Of(id, signer(t, [][]byte{newSeed, oldSeed}, nil).Sign(id, row))
	for name, tt := range map[string]struct {
		head  anchor.SignedHead
		keys  anchor.Keys
		valid bool
	}{
		"old signature, both keys":       {old, signer(t, [][]byte{newSeed, oldSeed}, nil).Keys(), true},
		"new signature, the new key":     {fresh, signer(t, [][]byte{newSeed}, nil).Keys(), true},
		"old signature, public key kept": {old, signer(t, [][]byte{newSeed}, retired).Keys(), true},
		"old signature, key forgotten":   {old, signer(t, [][]byte{newSeed}, nil).Keys(), false},
		"new signature, the old key":     {fresh, before.Keys(), false},
	} {
		if err := tt.head.Verify(tt.keys); (err == nil) != tt.valid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := signer(t, [][]byte{newSeed, oldSeed}, retired).Keys(); len(got) != 2 || anchor.KeyID(got[0]) != fresh.KeyID {
		t.Errorf("published %d keys, the first %s", len(got), anchor.KeyID(got[0]))
	}
}

func TestNew_ChecksKeys(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ seeds, retired [][]byte }{
		"no key":             {nil, nil},
		"a short key":        {[][]byte{newSeed, oldSeed[1:]}, nil},
		"a long key":         {[][]byte{append([]byte{0}, newSeed...)}, nil},
		"a short public key": {[][]byte{newSeed}, [][]byte{make([]byte, ed25519.PublicKeySize-1)}},
	} {
		if _, err := auditkey.New(tt.seeds, tt.retired); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
