package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/retention"
)

// retained is a kind of data in the database.
type retained struct {
	kind retention.Kind
	// add adds data of the age of noon, and data that has to stay.
	add func(*testing.T, backend)
	// old and young count the two.
	old, young string
}

var retentions = map[string]retained{
	"idempotency keys": {retention.IdempotencyKeys, func(t *testing.T, b backend) {
		for key, when := range map[string]time.Time{"old": noon, "old too": noon, "young": noon.Add(time.Hour)} {
			_, err := b.ReserveKey(ctx, office, key, "hash", "a", when)
			must(t, err)
		}
	}, "SELECT COUNT(*) FROM idempotency_keys WHERE key LIKE 'old%'", "SELECT COUNT(*) FROM idempotency_keys WHERE key = 'young'"},
	"batches": {retention.Batches, func(t *testing.T, b backend) {
		b.batchOf(t, "old", noon, 3)
		b.batchOf(t, "young", noon.Add(time.Hour), 3)
	}, "SELECT COUNT(*) FROM batch_rows WHERE batch_id = 'old'", "SELECT COUNT(*) FROM batch_rows WHERE batch_id = 'young'"},
	"address changes": {retention.AddressChanges, func(t *testing.T, b backend) {
		for id, when := range map[string]time.Time{"old": noon, "young": noon.Add(time.Hour)} {
			_, err := b.raw.Exec("INSERT INTO address_changes (id, office_id, customer_id, administrator_id, old_email, new_email, actor, changed_at) VALUES ($1, $2, 'c-1004', 'a', 'o@k.example', 'n@k.example', 'emp-maja', "+timestamp(when)+")", id, office)
			must(t, err)
		}
	}, "SELECT COUNT(*) FROM address_changes WHERE id = 'old'", "SELECT COUNT(*) FROM address_changes WHERE id = 'young'"},
	"mail deliveries": {retention.MailDeliveries, func(t *testing.T, b backend) {
		b.closedAtNoon(t, b.declinedByElin(t))
		b.active(t, orderFor("c-1004"))
		b.backdate(t, "", "")
	}, "SELECT COUNT(*) FROM mail_deliveries m JOIN activations a ON a.id = m.activation_id WHERE a.state = 'declined'",
		"SELECT COUNT(*) FROM mail_deliveries m JOIN activations a ON a.id = m.activation_id WHERE a.state = 'active'"},
	"unapproved activations": {retention.UnapprovedActivations, func(t *testing.T, b backend) {
		b.closedAtNoon(t, b.declinedByElin(t))
		b.closedAtNoon(t, b.ended(t, orderFor("c-1004")))
	}, "SELECT COUNT(*) FROM audit_private p JOIN activations a ON a.id = p.activation_id WHERE a.state = 'declined'",
		"SELECT COUNT(*) FROM audit_private p JOIN activations a ON a.id = p.activation_id WHERE a.state = 'ended'"},
	"approved activations": {retention.ApprovedActivations, func(t *testing.T, b backend) {
		b.closedAtNoon(t, b.ended(t, orderFor("c-1004")))
		b.closedAtNoon(t, b.declinedByElin(t))
	}, "SELECT COUNT(*) FROM audit_private p JOIN activations a ON a.id = p.activation_id WHERE a.state = 'ended'",
		"SELECT COUNT(*) FROM audit_private p JOIN activations a ON a.id = p.activation_id WHERE a.state = 'declined'"},
}

// TestDeleteOld_DeletesAfterTheTime: data is deleted once it is older than its retention,
// and not before. Younger data and that of other kinds stays. A repeat deletes nothing.
func TestDeleteOld_DeletesAfterTheTime(t *testing.T) {
	t.Parallel()
	eachOnBoth(t, retentions, func(t *testing.T, b backend, r retained) {
		r.add(t, b)
		old, young := b.count(t, r.old), b.count(t, r.young)
		if old == 0 || young == 0 {
			t.Fatalf("%d old and %d young rows before", old, young)
		}
		b.deleteOld(t, r.kind, noon)
		if n := b.count(t, r.old); n != old {
			t.Errorf("%d of %d rows are left at the end of their time", n, old)
		}
		b.deleteOld(t, r.kind, noon.Add(time.Second))
		if n := b.count(t, r.old); n != 0 {
			t.Errorf("%d rows are left after their time", n)
		}
		if n := b.count(t, r.young); n != young {
			t.Errorf("%d of %d other rows are left", n, young)
		}
		if n := b.deleteOld(t, r.kind, noon.Add(time.Second)); n != 0 {
			t.Errorf("a repeat deleted %d", n)
		}
	})
}

// TestDeleteOld_ContinuesAfterStop: a deletion that is stopped after a part of a large batch
// continues, and each part stays deleted.
func TestDeleteOld_ContinuesAfterStop(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		b.batchOf(t, "large", noon, 1200)
		stopping, stop := context.WithCancel(ctx)
		_, err := b.RetainedData().DeleteOld(stopping, retention.Batches, noon.Add(time.Second), stop)
		if err == nil && !errors.Is(stopping.Err(), context.Canceled) {
			t.Error("the deletion was not stopped")
		}
		if n := b.count(t, "SELECT COUNT(*) FROM batch_rows"); n != 700 {
			t.Errorf("%d rows are left after one part", n)
		}
		if n := b.deleteOld(t, retention.Batches, noon.Add(time.Second)); n != 701 {
			t.Errorf("then %d rows were deleted, with the batch itself", n)
		}
		if n := b.count(t, "SELECT COUNT(*) FROM batches"); n != 0 {
			t.Error("the batch is left")
		}
	})
}

// TestDeleteOld_KeepsEvidence: after the personal data of an ended collaboration is erased,
// its audit still verifies, and the approval, its time and the hash of its terms stay.
func TestDeleteOld_KeepsEvidence(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.ended(t, orderFor("c-1004"))
		b.closedAtNoon(t, o)
		for _, kind := range retention.Kinds() {
			b.deleteOld(t, kind, noon.Add(time.Second))
		}
		file, report := b.exported(t, o)
		last := file.Rows[len(file.Rows)-1]
		if report.Erased == 0 || last.Action != collaboration.ActionPersonalDataErased || last.By != collaboration.ActorSystem {
			t.Errorf("report %+v, the last row is %s by %s", report, last.Action, last.By)
		}
		r := b.record(t, o.Activation)
		if r.State != collaboration.Ended || r.Decision == nil || r.Decision.Outcome != collaboration.Approve || r.Decision.Offer.TermsHash == "" || r.Agreement == nil {
			t.Errorf("the record lost its approval: %+v", r)
		}
		if n := b.count(t, "SELECT COUNT(*) FROM mail_deliveries WHERE activation_id = $1", o.Activation); n != 0 {
			t.Errorf("%d deliveries are left", n)
		}
	})
}

// TestDeleteOld_WaitsAfterLaterStep: a customer that asks for a new invitation long after
// the last one expired is answered by the office: its data is kept for the time again.
func TestDeleteOld_WaitsAfterLaterStep(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.invited(t, orderFor("c-1004"))
		must(t, b.CloseActivation(ctx, closing(o, collaboration.Expired)))
		b.closedAtNoon(t, o)
		b.deleteOld(t, retention.UnapprovedActivations, noon.Add(time.Second))
		if b.record(t, o.Activation).InvitedEmail != "" {
			t.Fatal("not erased")
		}
		notification := collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationExpired, By: collaboration.ActorSystem, At: noon}
		_, err := b.BeginMail(ctx, notification, "emp-maja")
		must(t, err)
		for _, kind := range []retention.Kind{retention.MailDeliveries, retention.UnapprovedActivations} {
			if n := b.deleteOld(t, kind, time.Now().Add(-time.Minute)); n != 0 {
				t.Errorf("%s: %d deleted after a later step", kind, n)
			}
		}
		if n := b.deleteOld(t, retention.MailDeliveries, time.Now().Add(time.Hour)); n == 0 {
			t.Error("the later delivery was never deleted")
		}
	})
}

// TestDeleteOld_KeepsYoungDeliveries: a mail of an old activation that a worker may still
// send stays, and is deleted later.
func TestDeleteOld_KeepsYoungDeliveries(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.declinedByElin(t)
		b.closedAtNoon(t, o)
		must(t, b.exec("UPDATE mail_deliveries SET lease_until = "+timestamp(noon.Add(time.Hour))+" WHERE kind = 'invitation'"))
		mails := b.count(t, "SELECT COUNT(*) FROM mail_deliveries")
		if n := b.deleteOld(t, retention.MailDeliveries, noon.Add(time.Second)); n != mails-1 {
			t.Errorf("%d of %d deliveries deleted", n, mails)
		}
		if n := b.count(t, "SELECT COUNT(*) FROM mail_deliveries WHERE kind = 'invitation'"); n != 1 {
			t.Fatal("the young delivery was deleted")
		}
		if n := b.deleteOld(t, retention.MailDeliveries, noon.Add(2*time.Hour)); n != 1 {
			t.Errorf("then %d deliveries deleted", n)
		}
	})
}

// TestDeleteOld_TakenOverActivations: a collaboration that was taken over has no decision. It
// is kept as long as an approved one.
func TestDeleteOld_TakenOverActivations(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.takenOver(t, "c-1001")
		must(t, b.EndCollaboration(ctx, endOf(o)))
		b.closedAtNoon(t, o)
		if r := b.record(t, o.Activation); r.State != collaboration.Ended || r.Decision != nil {
			t.Fatalf("state %s, decision %+v", r.State, r.Decision)
		}
		if n := b.deleteOld(t, retention.UnapprovedActivations, noon.Add(time.Second)); n != 0 {
			t.Errorf("%d erased as unapproved", n)
		}
		if n := b.deleteOld(t, retention.ApprovedActivations, noon.Add(time.Second)); n != 1 {
			t.Errorf("%d erased as approved", n)
		}
	})
}

// TestDeleteOld_FailedActivations: one that was approved before it failed is kept as long as
// an approved one.
func TestDeleteOld_FailedActivations(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		var ids []collaboration.ActivationID
		for _, o := range []collaboration.Order{b.invited(t, orderFor("c-1004")), b.approved(t, orderFor("c-1005"))} {
			c := closing(o, collaboration.Failed)
			if b.record(t, o.Activation).Decision != nil {
				decision := approval(o).Decision
				c.Decision = &decision
			}
			must(t, b.CloseActivation(ctx, c))
			b.closedAtNoon(t, o)
			ids = append(ids, o.Activation)
		}
		private := func(id collaboration.ActivationID) int {
			return b.count(t, "SELECT COUNT(*) FROM audit_private WHERE activation_id = $1", id)
		}
		b.deleteOld(t, retention.UnapprovedActivations, noon.Add(time.Second))
		if private(ids[0]) != 0 || private(ids[1]) == 0 {
			t.Errorf("personal parts %d without and %d with an approval", private(ids[0]), private(ids[1]))
		}
		b.deleteOld(t, retention.ApprovedActivations, noon.Add(time.Second))
		if private(ids[1]) != 0 {
			t.Error("the approved one was not erased")
		}
	})
}

func (b backend) deleteOld(t *testing.T, kind retention.Kind, before time.Time) int {
	t.Helper()
	n, err := b.RetainedData().DeleteOld(ctx, kind, before, func() {})
	must(t, err)
	return n
}

// batchOf adds a batch with rows.
func (b backend) batchOf(t *testing.T, id string, at time.Time, rows int) {
	t.Helper()
	var all []collaboration.BatchRow
	for line := range rows {
		all = append(all, collaboration.BatchRow{Line: line + 1, Request: collaboration.Request{CustomerID: fmt.Sprint("c-", line), Contact: moa}, Result: collaboration.RowPending})
	}
	must(t, b.AddBatch(ctx, collaboration.Batch{ID: id, OfficeID: office, SolutionID: solution, CreatedBy: "emp-maja", CreatedAt: at}, all))
}

// ended ends an active collaboration.
func (b backend) ended(t *testing.T, o collaboration.Order) collaboration.Order {
	t.Helper()
	b.active(t, o)
	must(t, b.EndCollaboration(ctx, endOf(o)))
	return o
}

// closedAtNoon makes a closed activation and its mails as old as noon.
func (b backend) closedAtNoon(t *testing.T, o collaboration.Order) {
	t.Helper()
	if n := b.count(t, "SELECT COUNT(*) FROM activations WHERE id = $1 AND ended_at IS NOT NULL", o.Activation); n != 1 {
		t.Fatal("a closed activation has no time at which it closed")
	}
	b.backdate(t, " WHERE id = '"+string(o.Activation)+"'", " WHERE activation_id = '"+string(o.Activation)+"'")
}

// backdate makes activations and mails as old as noon.
func (b backend) backdate(t *testing.T, activations, mails string) {
	t.Helper()
	at := timestamp(noon)
	must(t, b.exec(
		"UPDATE activations SET updated_at = "+at+activations,
		"UPDATE activations SET ended_at = "+at+" WHERE ended_at IS NOT NULL",
		"UPDATE mail_deliveries SET lease_until = "+at+mails,
	))
}

// timestamp returns the literal of a time for both databases.
func timestamp(t time.Time) string { return t.Format("'2006-01-02 15:04:05.999999-07:00'") }
