package store_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/internal/servertest"
	"countersign/internal/store"
)

// TestStep_FailsOnFullDisk: on a full disk each step fails as a whole with a code for a
// retry. Reads still succeed. With free space the retry stores the step once. SQLite's
// page limit has the error code of a full disk.
func TestStep_FailsOnFullDisk(t *testing.T) {
	t.Parallel()
	b := open(t, seededSQLite(t))
	room := func(pages int) {
		t.Helper()
		_, err := b.Pools()["facts_writer"].Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages))
		must(t, err)
	}
	room(1) // below the current size: no page can be added
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
		t.Errorf("the failed step changed\n%v to\n%v", before, after)
	}
	b.customer(t, "c-1004")
	if err := b.CheckWrites(ctx); collaboration.CodeOf(err) != collaboration.CodeUnavailable {
		t.Errorf("the check of a full disk: %v", err)
	}
	room(1 << 20)
	must(t, b.CheckWrites(ctx))
	for range 2 {
		must(t, b.OpenActivation(ctx, refused))
	}
	b.record(t, refused.Activation)
}

// The check stores nothing, and the role of the api may run it.
func TestCheckWrites_RollsBack(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		for range 2 {
			must(t, b.CheckWrites(ctx))
		}
		if _, err := b.raw.Exec("SELECT * FROM write_check"); err == nil {
			t.Error("the check's table is stored")
		}
	})
}

// A database that accepts no write is reported.
func TestCheckWrites_ReadOnlyDatabase(t *testing.T) {
	t.Parallel()
	url := servertest.As(servertest.Postgres(t), servertest.Owner)
	s, err := store.Open(ctx, url+"&options=-cdefault_transaction_read_only%3Don")
	must(t, err)
	t.Cleanup(func() { s.Close() })
	if err := s.CheckWrites(ctx); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("got %v", err)
	}
}
