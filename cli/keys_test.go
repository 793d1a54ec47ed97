package cli_test

import (
	"os"
	"strings"
	"testing"

	"go.temporal.io/api/common/v1"

	"countersign/internal/codec"
	"countersign/internal/store"
)

const (
	oldKey = "2026-01:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	newKey = "2027-01:MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
)

// createDataKey stores a data key that the old master key wraps.
func createDataKey(t *testing.T) {
	t.Helper()
	facts, err := store.Open(t.Context(), os.Getenv("COUNTERSIGN_DATABASE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	defer facts.Close()
	c, err := codec.New(facts, codec.MasterKey{ID: "2026-01", Key: []byte("01234567890123456789012345678901")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Encode([]*common.Payload{{Data: []byte("x")}}); err != nil {
		t.Fatal(err)
	}
}

// The steps of a rotation, including steps in the wrong order.
func TestKeysRotate_RewrapsDataKeys(t *testing.T) {
	settings(t)
	t.Setenv("COUNTERSIGN_ENCRYPTION_KEYS", oldKey)
	if code, _, stderr := run(t, "keys", "rotate"); code != 1 || !strings.HasPrefix(stderr, "countersign: ") {
		t.Errorf("without a database: exit code %d, %s", code, stderr)
	}
	if code, _, stderr := run(t, "migrate"); code != 0 {
		t.Fatal(stderr)
	}
	createDataKey(t)
	for _, step := range []struct {
		keys    string
		code    int
		output  string
		problem string
	}{
		{newKey, 1, "rewrapped 0\n", `the first: internal: data key`},
		{oldKey + "," + newKey, 0, "rewrapped 0\nall data keys use 2026-01\n", ""},
		{newKey + "," + oldKey, 0, "rewrapped 1\nall data keys use 2027-01\n", ""},
		{newKey, 0, "rewrapped 0\nall data keys use 2027-01\n", ""},
		{oldKey, 1, "rewrapped 0\n", `needs the master key "2027-01"`},
	} {
		t.Setenv("COUNTERSIGN_ENCRYPTION_KEYS", step.keys)
		if code, stdout, stderr := run(t, "keys", "rotate"); code != step.code || stdout != step.output || !strings.Contains(stderr, step.problem) {
			t.Errorf("exit code %d, %q, %q, want %+v", code, stdout, stderr, step)
		}
	}
}

// The digest of an operator's address is that of the api's log: it has a key, and the
// case of the address does not matter.
func TestKeysDigest_IsKeyed(t *testing.T) {
	settings(t)
	digest := func(address string) string {
		t.Helper()
		code, stdout, stderr := run(t, "keys", "digest", address)
		if code != 0 || len(stdout) != len("0123456789abcdef\n") {
			t.Fatalf("exit code %d, printed %q, %s", code, stdout, stderr)
		}
		return stdout
	}
	first := digest("olle@drift.example")
	if digest("Olle@Drift.example") != first || digest("ola@drift.example") == first {
		t.Errorf("the digest %s does not identify one address", first)
	}
	t.Setenv("COUNTERSIGN_LINK_KEYS", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk=")
	if digest("olle@drift.example") == first {
		t.Error("the digest does not depend on the key")
	}
}
