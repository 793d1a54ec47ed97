package store_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"testing"

	"countersign/collaboration"
)

// A disk with no room left refuses each step whole, as something to try again;
// what is there can be read, and with room again the same step is done, once. The
// limit is SQLite's own, and its code the one of a full disk.
func TestFullDisk(t *testing.T) {
	b := open(t, "sqlite:"+filepath.Join(t.TempDir(), "facts.db"))
	must(t, b.Migrate(ctx))
	must(t, b.Seed(ctx))
	room := func(pages int) {
		t.Helper()
		_, err := b.Pools()["facts_writer"].Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages))
		must(t, err)
	}
	room(1) // it has more already: no page is added
	var full error
	refused, before := orderFor("c-1004"), b.rows(t)
	for n := 0; full == nil && n < 1000; n++ {
		before, refused = b.rows(t), orderFor("c-1004")
		refused.Contact.Name = fmt.Sprintf("Person %01000d", n)
		refused.SolutionID = fmt.Sprintf("solution-%d", n)
		refused.Activation = collaboration.NewActivationID("office-1", "c-1004", refused.SolutionID)
		full = b.OpenActivation(ctx, refused)
	}
	wantCode(t, full, collaboration.CodeUnavailable)
	if after := b.rows(t); !maps.Equal(before, after) {
		t.Errorf("what was refused changed\n%v to\n%v", before, after)
	}
	b.customer(t, "c-1004")
	room(1 << 20)
	for range 2 {
		must(t, b.OpenActivation(ctx, refused))
	}
	b.record(t, refused.Activation)
}
