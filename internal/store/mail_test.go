package store_test

import (
	"cmp"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/servertest"
)

// TestMailLease plays attempts at one mail, each at its own second.
func TestMailLease(t *testing.T) {
	type attempt struct {
		at   int // seconds from noon
		want collaboration.DeliveryStatus
		then string // what the attempt comes to
	}
	const (
		queued      = collaboration.DeliveryQueued
		sending     = collaboration.DeliverySending
		accepted    = collaboration.DeliveryAccepted
		unconfirmed = collaboration.DeliveryUnconfirmed
	)
	type lease struct {
		attempts []attempt
		handed   int
	}
	eachOnBoth(t, map[string]lease{
		"sent once":               {[]attempt{{0, sending, "finish"}, {1, accepted, ""}, {100, accepted, ""}}, 1},
		"someone else has it":     {[]attempt{{0, sending, ""}, {1, queued, ""}, {28, queued, ""}}, 1},
		"the lease ran out once":  {[]attempt{{0, sending, ""}, {30, sending, "finish"}, {31, accepted, ""}}, 2},
		"the lease ran out twice": {[]attempt{{0, sending, ""}, {30, sending, ""}, {31, queued, ""}, {60, unconfirmed, ""}, {99, unconfirmed, ""}}, 2},
		"failed, at once again":   {[]attempt{{0, sending, "fail"}, {1, sending, "finish"}}, 2},
		"failures do not count as unknown": {[]attempt{
			{0, sending, "fail"}, {1, sending, "fail"}, {2, sending, ""}, {40, sending, "fail"}, {41, sending, ""}, {80, unconfirmed, ""},
		}, 5},
		"late, but it came":           {[]attempt{{0, sending, ""}, {30, sending, ""}, {60, unconfirmed, "finish"}, {61, accepted, ""}}, 2},
		"a failure after the outcome": {[]attempt{{0, sending, "finish"}, {1, accepted, "fail"}, {2, accepted, ""}}, 1},
	}, func(t *testing.T, b backend, test lease) {
		o := b.provisioned(t, orderFor("c-1004"))
		i := invitation(o, 1)
		var id string
		for n, a := range test.attempts {
			if n > 0 {
				b.passes(t, time.Duration(a.at-test.attempts[n-1].at)*time.Second)
			}
			d, err := b.BeginMail(ctx, i.Letter(), "")
			must(t, err)
			if d.Status != a.want {
				t.Fatalf("attempt %d is told %s, want %s", n, d.Status, a.want)
			}
			if id == "" {
				id = d.Mail.DeliveryID
			}
			if d.Mail.DeliveryID != id || id == "" {
				t.Errorf("attempt %d has id %q, the first %q", n, d.Mail.DeliveryID, id)
			}
			switch a.then {
			case "finish":
				must(t, b.FinishMail(ctx, i.Letter(), "", accepted, "provider-1"))
			case "fail":
				must(t, b.FailMail(ctx, i.Letter(), "", collaboration.CodeMailUnavailable))
			}
		}
		if n := b.count(t, "SELECT attempts FROM mail_deliveries"); n != test.handed {
			t.Errorf("handed over %d times, want %d", n, test.handed)
		}
		if n := b.count(t, "SELECT COUNT(*) FROM audit WHERE action = 'invitation_queued'"); n != 1 {
			t.Errorf("queued %d times in the audit", n)
		}
	})
}

// passes lets time pass for the leases of mails.
func (b backend) passes(t *testing.T, d time.Duration) {
	t.Helper()
	pool := cmp.Or(b.Pools()["facts_writer"], b.Pools()["facts"])
	var until time.Time
	if err := pool.QueryRow("SELECT lease_until FROM mail_deliveries").Scan(&until); err != nil {
		t.Fatal(err)
	}
	_, err := pool.Exec("UPDATE mail_deliveries SET lease_until = $1", until.Add(-d))
	must(t, err)
}

// A lease of a clock that was ahead, and was put right, is cut to one from now.
func TestALeaseOfAClockThatWasAhead(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := b.provisioned(t, orderFor("c-1004"))
		l := invitation(o, 1).Letter()
		told := func(want collaboration.DeliveryStatus) {
			t.Helper()
			d, err := b.BeginMail(ctx, l, "")
			must(t, err)
			if d.Status != want {
				t.Errorf("told %s, want %s", d.Status, want)
			}
		}
		told(collaboration.DeliverySending)
		b.passes(t, -3*time.Hour)
		told(collaboration.DeliveryQueued)
		b.passes(t, 30*time.Second)
		told(collaboration.DeliverySending)
		b.passes(t, -3*time.Hour)
		must(t, b.FailMail(ctx, l, "", collaboration.CodeMailUnavailable))
		told(collaboration.DeliverySending)
		if got := b.record(t, o.Activation).Delivery; got != collaboration.DeliverySending {
			t.Errorf("it is recorded as %s", got)
		}
	})
}

// The clocks of those who mail may differ: a lease is reckoned by the database's.
func TestALeaseIsReckonedByTheDatabase(t *testing.T) {
	b := open(t, servertest.ClockBehind(t, servertest.Postgres(t)))
	must(t, b.Migrate(ctx))
	must(t, b.Seed(ctx))
	_, err := b.BeginMail(ctx, invitation(b.provisioned(t, orderFor("c-1004")), 1).Letter(), "")
	must(t, err)
	var left float64
	must(t, b.raw.QueryRow("SELECT extract(epoch FROM lease_until - clock_timestamp()) FROM mail_deliveries").Scan(&left))
	if left < 20 || left > 30 {
		t.Errorf("by the database's clock the lease lasts %.0f s", left)
	}
}

func TestBeginAtOnceGivesTheMailToOne(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := b.provisioned(t, orderFor("c-1004"))
		told := make(chan collaboration.DeliveryStatus, 20)
		var all sync.WaitGroup
		for range cap(told) {
			all.Go(func() {
				d, err := b.BeginMail(ctx, invitation(o, 1).Letter(), "")
				if err != nil {
					t.Error(err)
				}
				told <- d.Status
			})
		}
		all.Wait()
		close(told)
		n := map[collaboration.DeliveryStatus]int{}
		for status := range told {
			n[status]++
		}
		if n[collaboration.DeliverySending] != 1 || n[collaboration.DeliveryQueued] != 19 {
			t.Errorf("told %v, want one sending", n)
		}
	})
}

func TestDeliverySaysWhatTheTextNeeds(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := b.provisioned(t, orderFor("c-1004"))
		i := invitation(o, 1)
		i.By = "emp-nils"
		d, err := b.BeginMail(ctx, i.Letter(), "")
		must(t, err)
		if main, _ := b.customer(t, "c-1004").MainContact(); d.Mail.To != (collaboration.Recipient{ID: main.ID, Name: main.Name, Email: main.Email}) || main.ID == "" || main.Email != "asa@kund.example" {
			t.Errorf("to %+v, want %+v", d.Mail.To, main)
		}
		if d.Mail.OfficeName != "Ekströms Redovisning" || d.Mail.SenderName != "Nils Berg" || d.Mail.CustomerName != "Östgöta Plåtslageri AB" || d.Attempts != 1 {
			t.Errorf("got %+v", d)
		}
		must(t, b.FailMail(ctx, i.Letter(), "", collaboration.CodeMailRejected))
		if r := b.record(t, o.Activation); r.Delivery != collaboration.DeliveryFailed || r.Generation != 0 || r.State != collaboration.Activating {
			t.Errorf("after a failure: %+v", r)
		}
		i.By = collaboration.ActorSystem // sends in the name of who asked
		if d, err = b.BeginMail(ctx, i.Letter(), ""); err != nil || d.Mail.SenderName != "Maja Ekström" {
			t.Errorf("from %q, %v", d.Mail.SenderName, err)
		}
	})
}

func TestNoMainContact(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		_, err := b.BeginMail(ctx, invitation(o, 1).Letter(), "")
		wantCode(t, err, collaboration.CodeAdministratorMissing)
		if n := b.rows(t)["mail_deliveries"]; n != 0 {
			t.Errorf("%d mails recorded", n)
		}
	})
}

// TestResend: a new generation is a new mail, and moves the deadline.
func TestResend(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := b.invited(t, orderFor("c-1004"))
		second := invitation(o, 2)
		d, err := b.BeginMail(ctx, second.Letter(), "")
		must(t, err)
		if d.Status != collaboration.DeliverySending {
			t.Fatalf("told %s", d.Status)
		}
		must(t, b.FinishMail(ctx, second.Letter(), "", collaboration.DeliveryUnconfirmed, ""))
		r := b.record(t, o.Activation)
		if r.Generation != 2 || !r.SentAt.Equal(second.At) || !r.ExpiresAt.Equal(second.ExpiresAt) ||
			r.Delivery != collaboration.DeliveryUnconfirmed || r.State != collaboration.AwaitingApproval {
			t.Errorf("got %+v", r)
		}
		if n := b.rows(t)["mail_deliveries"]; n != 2 {
			t.Errorf("%d mails, want 2", n)
		}
	})
}

// TestAnsweredBeforeRecorded: the customer may be faster than our record.
func TestAnsweredBeforeRecorded(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := b.sending(t, orderFor("c-1004"))
		must(t, b.StartAgreement(ctx, approval(o)))
		must(t, b.FinishMail(ctx, invitation(o, 1).Letter(), "", collaboration.DeliveryAccepted, "provider-1"))
		if r := b.record(t, o.Activation); r.State != collaboration.Active || r.Delivery != collaboration.DeliveryAccepted || r.Generation != 1 {
			t.Errorf("got %+v", r)
		}
	})
}

// Who answers ends the step that mails the invitation: what nobody knows then is
// recorded so, and only what is known later makes it better.
func TestAnsweredBeforeTheMailIsKnown(t *testing.T) {
	decline := func(b backend, o collaboration.Order) error {
		c := closing(o, collaboration.Declined)
		c.Decision = &collaboration.Decision{ID: "d", Activation: o.Activation, Generation: 1, Outcome: collaboration.Decline, By: "a-1", At: noon}
		return b.CloseActivation(ctx, c)
	}
	approve := func(b backend, o collaboration.Order) error { return b.StartAgreement(ctx, approval(o)) }
	l := func(o collaboration.Order) collaboration.Letter { return invitation(o, 1).Letter() }
	eachOnBoth(t, map[string]struct {
		answer func(backend, collaboration.Order) error
		later  func(backend, collaboration.Order) error
		want   collaboration.DeliveryStatus
	}{
		"approved, never known": {approve, nil, collaboration.DeliveryUnconfirmed},
		"declined, never known": {decline, nil, collaboration.DeliveryUnconfirmed},
		"taken after all": {approve, func(b backend, o collaboration.Order) error {
			return b.FinishMail(ctx, l(o), "", collaboration.DeliveryAccepted, "provider-1")
		}, collaboration.DeliveryAccepted},
		"an attempt that failed": {approve, func(b backend, o collaboration.Order) error {
			return b.FailMail(ctx, l(o), "", collaboration.CodeMailUnavailable)
		}, collaboration.DeliveryUnconfirmed},
	}, func(t *testing.T, b backend, tt struct {
		answer func(backend, collaboration.Order) error
		later  func(backend, collaboration.Order) error
		want   collaboration.DeliveryStatus
	}) {
		o := b.provisioned(t, orderFor("c-1004"))
		_, err := b.BeginMail(ctx, l(o), "")
		must(t, err)
		must(t, tt.answer(b, o))
		if tt.later != nil {
			must(t, tt.later(b, o))
		}
		if got := b.record(t, o.Activation).Delivery; got != tt.want {
			t.Errorf("recorded as %s, want %s", got, tt.want)
		}
	})
}

// A worker that was killed after the first step of the undo leaves a run that
// knows nothing of it, and repeats its steps: the invitation waits for the message
// to come again, and the activation does not fail for want of an administrator.
func TestAnInvitationWaitsWhereTheUndoBegan(t *testing.T) {
	eachOnBoth(t, map[string]func(backend, collaboration.Undo) error{
		"administrator": func(b backend, u collaboration.Undo) error { return b.RemoveAdministrator(ctx, u) },
		"solution":      func(b backend, u collaboration.Undo) error { return b.DeactivateSolution(ctx, u) },
	}, func(t *testing.T, b backend, undo func(backend, collaboration.Undo) error) {
		o := b.provisioned(t, orderFor("c-1004"))
		l := invitation(o, 1).Letter()
		_, err := b.BeginMail(ctx, l, "")
		must(t, err)
		must(t, undo(b, undoOf(o)))
		_, err = b.BeginMail(ctx, l, "")
		wantCode(t, err, collaboration.CodeUnavailable)
	})
}
