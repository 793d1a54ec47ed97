package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/internal/eventually"
)

// refuseAudit makes the database fail every further audit row.
func (b backend) refuseAudit(t *testing.T) {
	t.Helper()
	statements := []string{
		`CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$ LANGUAGE plpgsql`,
		`CREATE TRIGGER refuse BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION refuse()`,
	}
	if b.sqlite() {
		statements = []string{`CREATE TRIGGER refuse BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'refused'); END`}
	}
	must(t, b.exec(statements...))
}

// TestStep_FailsWithoutAuditRow: if the audit row is rejected, the whole step is rolled
// back.
func TestStep_FailsWithoutAuditRow(t *testing.T) {
	t.Parallel()
	audited := steps()
	delete(audited, "fail invitation") // it has no row of its own
	eachOnBoth(t, audited, func(t *testing.T, b backend, step aStep) {
		o := orderFor("c-1004")
		if step.ready != nil {
			step.ready(b, t, o)
		}
		b.refuseAudit(t)
		before := b.rows(t)
		wantCode(t, step.do(b, o), collaboration.CodeInternal)
		if after := b.rows(t); !maps.Equal(before, after) {
			t.Errorf("it changed\n%v to\n%v", before, after)
		}
	})
}

// TestSteps_RunConcurrently runs the first steps of 200 activations concurrently.
func TestSteps_RunConcurrently(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		rows := make([]collaboration.ImportRow, 200)
		for i := range rows {
			rows[i] = collaboration.ImportRow{Line: i + 2, OrganisationNumber: collaboration.OrganisationNumber(fmt.Sprintf("%010d", i)), Name: fmt.Sprintf("Kund %d", i)}
		}
		_, err := b.OfficeDirectory().Import(ctx, maja, directory.ImportFile{Rows: rows}, directory.ImportOptions{})
		must(t, err)
		customers, _, err := b.Customers(ctx, office, collaboration.CustomerFilter{Query: "kund ", Page: collaboration.Page{Limit: 200}})
		must(t, err)
		before := b.rows(t)["audit"]
		var all sync.WaitGroup
		for _, c := range customers {
			all.Go(func() {
				o := orderFor(c.ID)
				if err := b.OpenActivation(ctx, o); err != nil {
					t.Error(err)
				}
				if err := b.ActivateSolution(ctx, o, noon); err != nil {
					t.Error(err)
				}
				if err := b.CreateAdministrator(ctx, o, noon); err != nil {
					t.Error(err)
				}
				if _, err := b.BeginMail(ctx, invitation(o, 1), ""); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := b.rows(t)["audit"] - before; n != 800 {
			t.Errorf("%d events, want 800", n)
		}
	})
}

// TestStore_HonoursContext also covers a call that waits for a lock.
func TestStore_HonoursContext(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		err := b.CheckTask(cancelled, o, noon)
		wantCode(t, err, collaboration.CodeUnavailable)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v does not wrap the context's error", err)
		}
		_, err = b.Customer(cancelled, office, "c-1004")
		wantCode(t, err, collaboration.CodeUnavailable)

		tx, err := b.raw.Begin()
		must(t, err)
		defer tx.Rollback()
		_, err = tx.Exec("UPDATE activations SET version = version")
		must(t, err)
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		result := make(chan error, 1)
		go func() { result <- b.CheckTask(short, o, noon) }()
		err = eventually.Receive(t, "a step that waits for the lock ends with its context", result)
		wantCode(t, err, collaboration.CodeUnavailable)
		if !errors.Is(err, context.DeadlineExceeded) { // SQLite's busy timeout is another error
			t.Errorf("%v does not wrap the context's error", err)
		}
	})
}
