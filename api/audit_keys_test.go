package api_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"testing"

	"countersign/api"
	"countersign/collaboration/anchor"
)

// Everyone can read the public keys that verify the audit.
func TestAuditKeys_ArePublished(t *testing.T) {
	t.Parallel()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte("k"), 32)).Public().(ed25519.PublicKey)
	w := newWorld()
	w.deps = func(c *api.Config) { c.AuditKeys = anchor.Keys{key} }
	s := w.server(t)
	got := get("/.well-known/countersign-audit-keys.json", "").send(s)
	var keys anchor.Keys
	if err := json.Unmarshal(got.Body.Bytes(), &keys); got.Code != 200 || err != nil || len(keys) != 1 || !keys[0].Equal(key) {
		t.Errorf("%d %s, %v", got.Code, got.Body, err)
	}
}
