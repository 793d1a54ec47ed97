package store_test

import (
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/servertest"
)

// TestBeginMail_Lease runs attempts at one mail, each at its own second.
func TestBeginMail_Lease(t *testing.T) {
	t.Parallel()
	type attempt struct {
		at   int // seconds from noon
		want collaboration.DeliveryStatus
		then string // the outcome of the attempt
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
			d, err := b.BeginMail(ctx, i, "")
			must(t, err)
			if d.Status != a.want {
				t.Fatalf("attempt %d has status %s, want %s", n, d.Status, a.want)
			}
			if id == "" {
				id = d.Mail.DeliveryID
			}
			if d.Mail.DeliveryID != id || id == "" {
				t.Errorf("attempt %d has id %q, the first %q", n, d.Mail.DeliveryID, id)
			}
			switch a.then {
			case "finish":
				must(t, b.FinishMail(ctx, i, "", accepted, "provider-1"))
			case "fail":
				must(t, b.FailMail(ctx, i, "", collaboration.CodeMailUnavailable))
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

// passes moves the leases of mails back in time.
func (b backend) passes(t *testing.T, d time.Duration) {
	t.Helper()
	pool := b.Pools()["facts_writer"]
	var until time.Time
	if err := pool.QueryRow("SELECT lease_until FROM mail_deliveries").Scan(&until); err != nil {
		t.Fatal(err)
	}
	_, err := pool.Exec("UPDATE mail_deliveries SET lease_until = $1", until.Add(-d))
	must(t, err)
}

// TestBeginMail_ShortensLeaseOfFastClock: a lease stored while the clock was ahead ends
// at most one lease time from now.
func TestBeginMail_ShortensLeaseOfFastClock(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.provisioned(t, orderFor("c-1004"))
		l := invitation(o, 1)
		told := func(want collaboration.DeliveryStatus) {
			t.Helper()
			d, err := b.BeginMail(ctx, l, "")
			must(t, err)
			if d.Status != want {
				t.Errorf("status %s, want %s", d.Status, want)
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
			t.Errorf("stored delivery %s", got)
		}
	})
}

// TestBeginMail_LeaseUsesDatabaseClock: the workers' clocks may differ, so the
// database's clock sets the lease.
func TestBeginMail_LeaseUsesDatabaseClock(t *testing.T) {
	t.Parallel()
	b := open(t, servertest.ClockBehind(t, seededPostgres(t)))
	notification := invitation(b.provisioned(t, orderFor("c-1004")), 1)
	var before, after, until time.Time
	must(t, b.raw.QueryRow("SELECT clock_timestamp()").Scan(&before))
	_, err := b.BeginMail(ctx, notification, "")
	must(t, err)
	must(t, b.raw.QueryRow("SELECT clock_timestamp(), lease_until FROM mail_deliveries").Scan(&after, &until))
	const lease = 30 * time.Second
	if until.Before(before.Add(lease)) || until.After(after.Add(lease)) {
		t.Errorf("the lease ends at %s; it began between %s and %s by the database's clock", until, before, after)
	}
}

func TestBeginMail_Concurrently(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.provisioned(t, orderFor("c-1004"))
		told := make(chan collaboration.DeliveryStatus, 20)
		var all sync.WaitGroup
		for range cap(told) {
			all.Go(func() {
				d, err := b.BeginMail(ctx, invitation(o, 1), "")
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
			t.Errorf("statuses %v, want one sending", n)
		}
	})
}

// TestBeginMail_GivesEachMailItsOwnID: the provider identifies a mail by its ID. A
// retry has the same ID; any other mail has another.
func TestBeginMail_GivesEachMailItsOwnID(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o, other := b.invited(t, orderFor("c-1004")), b.invited(t, orderFor("c-1008"))
		mail := func(change func(*collaboration.Notification), employee string) string {
			l := collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationReminder, Generation: 1, Number: 1, By: collaboration.ActorSystem, At: noon}
			change(&l)
			d, err := b.BeginMail(ctx, l, employee)
			must(t, err)
			return d.Mail.DeliveryID
		}
		same := func(*collaboration.Notification) {}
		ids := map[string]string{mail(same, ""): "the first"}
		if _, exists := ids[mail(same, "")]; !exists {
			t.Error("a repeat has another ID")
		}
		for what, id := range map[string]string{
			"activation": mail(func(l *collaboration.Notification) { l.Activation = other.Activation }, ""),
			"kind":       mail(func(l *collaboration.Notification) { l.Kind = collaboration.NotificationTermEnds }, ""),
			"generation": mail(func(l *collaboration.Notification) { l.Generation = 2 }, ""),
			"number":     mail(func(l *collaboration.Notification) { l.Number = 2 }, ""),
			"employee":   mail(same, "emp-nils"),
		} {
			if ids[id] != "" {
				t.Errorf("another %s has the ID of %s", what, ids[id])
			}
			ids[id] = what
		}
	})
}

func TestBeginMail_ReturnsComposeInput(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.provisioned(t, orderFor("c-1004"))
		i := invitation(o, 1)
		i.By = "emp-nils"
		d, err := b.BeginMail(ctx, i, "")
		must(t, err)
		if main, _ := b.customer(t, "c-1004").MainContact(); d.Mail.To != (collaboration.Recipient{ID: main.ID, Name: main.Name, Email: main.Email}) || main.ID == "" || main.Email != "asa@kund.example" {
			t.Errorf("to %+v, want %+v", d.Mail.To, main)
		}
		if d.Mail.OfficeName != "Ekströms Redovisning" || d.Mail.SenderName != "Nils Berg" || d.Mail.CustomerName != "Östgöta Plåtslageri AB" || d.Attempts != 1 {
			t.Errorf("got %+v", d)
		}
		must(t, b.FailMail(ctx, i, "", collaboration.CodeMailRejected))
		if r := b.record(t, o.Activation); r.Delivery != collaboration.DeliveryFailed || r.Generation != 0 || r.State != collaboration.Activating {
			t.Errorf("after a failure: %+v", r)
		}
		i.By = collaboration.ActorSystem // sent in the name of the requesting employee
		if d, err = b.BeginMail(ctx, i, ""); err != nil || d.Mail.SenderName != "Maja Ekström" {
			t.Errorf("from %q, %v", d.Mail.SenderName, err)
		}
	})
}

func TestBeginMail_WithoutMainContact(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		_, err := b.BeginMail(ctx, invitation(o, 1), "")
		wantCode(t, err, collaboration.CodeAdministratorMissing)
		if n := b.rows(t)["mail_deliveries"]; n != 0 {
			t.Errorf("%d mails recorded", n)
		}
	})
}

// TestResend_IsNewMail: a new generation is a new mail and moves the deadline.
func TestResend_IsNewMail(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.invited(t, orderFor("c-1004"))
		second := invitation(o, 2)
		d, err := b.BeginMail(ctx, second, "")
		must(t, err)
		if d.Status != collaboration.DeliverySending {
			t.Fatalf("status %s", d.Status)
		}
		must(t, b.FinishMail(ctx, second, "", collaboration.DeliveryUnconfirmed, ""))
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

// TestFinishMail_AfterAnswer: the customer may answer before FinishMail stores the
// delivery.
func TestFinishMail_AfterAnswer(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.sending(t, orderFor("c-1004"))
		must(t, b.approve(ctx, approval(o)))
		must(t, b.FinishMail(ctx, invitation(o, 1), "", collaboration.DeliveryAccepted, "provider-1"))
		if r := b.record(t, o.Activation); r.State != collaboration.Active || r.Delivery != collaboration.DeliveryAccepted || r.Generation != 1 {
			t.Errorf("got %+v", r)
		}
	})
}

// TestAnswer_MarksMailUnconfirmed: an answer ends the step that sends the invitation.
// The delivery is then unconfirmed until the provider accepts the mail.
func TestAnswer_MarksMailUnconfirmed(t *testing.T) {
	t.Parallel()
	decline := func(b backend, o collaboration.Order) error {
		c := closing(o, collaboration.Declined)
		c.Decision = &collaboration.Decision{ID: "d", Activation: o.Activation, Generation: 1, Outcome: collaboration.Decline, By: "a-1", At: noon}
		return b.CloseActivation(ctx, c)
	}
	approve := func(b backend, o collaboration.Order) error { return b.approve(ctx, approval(o)) }
	l := func(o collaboration.Order) collaboration.Notification { return invitation(o, 1) }
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

// TestBeginMail_WaitsForCompensation: a worker is killed after the first step of a
// compensation. The next worker repeats the steps before the command that ended the
// activation. The invitation fails with CodeUnavailable and is retried; the activation
// does not fail for the missing administrator.
func TestBeginMail_WaitsForCompensation(t *testing.T) {
	t.Parallel()
	eachOnBoth(t, map[string]func(backend, message.CompensationInput) error{
		"administrator": func(b backend, u message.CompensationInput) error { return b.RemoveAdministrator(ctx, u) },
		"solution":      func(b backend, u message.CompensationInput) error { return b.DeactivateSolution(ctx, u) },
	}, func(t *testing.T, b backend, compensate func(backend, message.CompensationInput) error) {
		o := b.provisioned(t, orderFor("c-1004"))
		l := invitation(o, 1)
		_, err := b.BeginMail(ctx, l, "")
		must(t, err)
		must(t, compensate(b, compensationOf(o)))
		_, err = b.BeginMail(ctx, l, "")
		wantCode(t, err, collaboration.CodeUnavailable)
	})
}
