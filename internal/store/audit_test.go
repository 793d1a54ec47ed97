package store_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"countersign/collaboration"
)

// exported is an activation's audit as a file, which must verify.
func (b backend) exported(t *testing.T, o collaboration.Order) (collaboration.AuditFile, collaboration.AuditReport) {
	t.Helper()
	file, err := b.Audit(ctx, o.Activation)
	must(t, err)
	encoded, err := json.Marshal(file)
	must(t, err)
	report, err := collaboration.VerifyAudit(bytes.NewReader(encoded))
	must(t, err)
	return file, report
}

func TestTheAuditOfAWholeLifeVerifies(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		b.renewedAndEnded(t, o)
		file, report := b.exported(t, o)
		if report.Rows != 11 || report.Erased != 0 || report.Head != file.Head {
			t.Errorf("report %+v", report)
		}
		private := 0
		for _, r := range file.Rows {
			if r.Private != "" {
				private++
				if !strings.Contains(r.Private, "asa@kund.example") {
					t.Errorf("%s keeps %s", r.Action, r.Private)
				}
			}
		}
		if private != 3 { // created, invited, approved
			t.Errorf("%d rows with a personal part, want 3", private)
		}
	})
}

// An export is of one instant: what is erased meanwhile is there with its
// commitment, or gone with the row that says so.
func TestAnExportWhileDataIsErased(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		for range 20 {
			o := b.invited(t, orderFor("c-1004"))
			must(t, b.CloseActivation(ctx, closing(o, collaboration.Withdrawn)))
			var done atomic.Bool
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					for !done.Load() {
						if err := b.verified(o); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			must(t, b.EraseCustomer(ctx, office, "c-1004", "emp-maja", noon))
			done.Store(true)
			all.Wait()
		}
	})
}

func (b backend) verified(o collaboration.Order) error {
	file, err := b.Audit(ctx, o.Activation)
	if err != nil {
		return err
	}
	encoded, err := json.Marshal(file)
	if err != nil {
		return err
	}
	_, err = collaboration.VerifyAudit(bytes.NewReader(encoded))
	return err
}

// A process of an older release adds rows without a hash.
func TestRowsFromBeforeTheChainAreSealed(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		insert := "INSERT INTO audit (activation_id, sequence, step_key, action, actor, happened_at, detail) VALUES ($1, $2, $3, 'task_checked', 'system', $4, '{}')"
		for n, key := range []string{"old-1", "old-2"} {
			_, err := b.raw.Exec(insert, string(o.Activation), n+2, key, noon)
			must(t, err)
		}
		must(t, b.Migrate(ctx))
		if _, report := b.exported(t, o); report.Rows != 3 {
			t.Errorf("report %+v", report)
		}
		_, err := b.raw.Exec(insert, string(o.Activation), 4, "old-3", noon)
		must(t, err)
		_, err = b.raw.Exec(insert, string(o.Activation), 5, "old-4", noon)
		must(t, err)
		before, report := b.exported(t, o) // with the hashes that they will have
		if report.Rows != 5 {
			t.Errorf("report %+v", report)
		}
		must(t, b.CheckTask(ctx, o, noon)) // the next step seals them
		after, report := b.exported(t, o)
		if report.Rows != 6 || after.Rows[4] != before.Rows[4] || after.Rows[4].Hash != before.Head {
			t.Errorf("report %+v, row 5 %+v, exported before as %+v", report, after.Rows[4], before.Rows[4])
		}
	})
}
