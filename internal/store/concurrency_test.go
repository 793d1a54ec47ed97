package store_test

import (
	"sync/atomic"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/eventually"
)

// TestActivations_ListsOneSnapshot lists all phases while an activation changes its
// phase: each list has the activation once.
func TestActivations_ListsOneSnapshot(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		var stop atomic.Bool
		done := make(chan error)
		go func() {
			for !stop.Load() {
				if err := b.exec(`UPDATE activations SET state = 'awaiting_approval'`, `UPDATE activations SET state = 'activating'`); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
		for began := time.Now(); time.Since(began) < 2*time.Second; {
			page, _, err := b.Activations(ctx, office, collaboration.ActivationFilter{})
			if err != nil || len(page) != 1 || page[0].ID != o.Activation {
				t.Errorf("%d rows, %v", len(page), err)
				break
			}
		}
		stop.Store(true)
		must(t, <-done)
	})
}

// blockedBy runs a call while a transaction of the test holds a lock on PostgreSQL. The
// call must wait for the lock. The function runs in that transaction.
func (b backend) blockedBy(t *testing.T, lock string, call func() error, meanwhile ...string) error {
	t.Helper()
	tx, err := b.raw.Begin()
	must(t, err)
	defer tx.Rollback()
	_, err = tx.Exec(lock)
	must(t, err)
	result := make(chan error, 1)
	go func() { result <- call() }()
	eventually.True(t, "the call waits for the lock", func() bool {
		select {
		case err := <-result:
			t.Fatalf("the call did not wait for the lock: %v", err)
		default:
		}
		return b.count(t, "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") > 0
	})
	for _, statement := range meanwhile {
		_, err := tx.Exec(statement)
		must(t, err)
	}
	must(t, tx.Commit())
	return <-result
}

// onPostgres runs a test against PostgreSQL alone: SQLite has one writer at a time.
func onPostgres(t *testing.T, test func(t *testing.T, b backend)) {
	t.Helper()
	test(t, open(t, seededPostgres(t)))
}

const lockCustomer = `UPDATE customers SET name = name WHERE id = 'c-1003'`

func TestCreateAdministrator_LocksCustomer(t *testing.T) {
	t.Parallel()
	onPostgres(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1003"))
		must(t, b.blockedBy(t, lockCustomer, func() error { return b.CreateAdministrator(ctx, o, noon) }))
	})
}

func TestHandOnInvitation_LocksCustomer(t *testing.T) {
	t.Parallel()
	onPostgres(t, func(t *testing.T, b backend) {
		c := handOn(b.invited(t, orderFor("c-1003")), "m-1", "per@blabarsbageriet.example")
		must(t, b.blockedBy(t, lockCustomer, func() error { _, err := b.HandOnInvitation(ctx, c); return err }))
	})
}

func TestNameMainContact_LocksCustomer(t *testing.T) {
	t.Parallel()
	onPostgres(t, func(t *testing.T, b backend) {
		must(t, b.blockedBy(t, lockCustomer, func() error { return b.NameMainContact(ctx, office, "c-1003", "a-1003-2", "emp-maja") }))
	})
}

func TestEraseCustomer_LocksCustomer(t *testing.T) {
	t.Parallel()
	onPostgres(t, func(t *testing.T, b backend) {
		must(t, b.blockedBy(t, lockCustomer, func() error { return b.EraseCustomer(ctx, office, "c-1003", "emp-maja", noon) }))
	})
}

// TestCreateAdministrator_RetriesRace: an import locks the office and adds the same
// address at the same time.
func TestCreateAdministrator_RetriesRace(t *testing.T) {
	t.Parallel()
	onPostgres(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		create := func() error { return b.CreateAdministrator(ctx, o, noon) }
		err := b.blockedBy(t, `INSERT INTO administrators (id, customer_id, name, email, phone, main_contact) VALUES ('a-new', 'c-1004', 'Åsa', 'ASA@kund.example', '', FALSE)`, create)
		wantCode(t, err, collaboration.CodeUnavailable)
		must(t, create())
		if c := b.customer(t, "c-1004"); len(c.Administrators) != 1 {
			t.Errorf("administrators %+v", c.Administrators)
		}
	})
}

// TestRecordMailEvent_ReadsDeliveryAfterLock: a step changes the delivery between the
// lookup of the event and the lock.
func TestRecordMailEvent_ReadsDeliveryAfterLock(t *testing.T) {
	t.Parallel()
	onPostgres(t, func(t *testing.T, b backend) {
		b.invited(t, orderFor("c-1004"))
		event := collaboration.MailEvent{Delivery: b.mailID(t, 1), Status: collaboration.DeliveryDelivered, At: noon}
		err := b.blockedBy(t, `UPDATE activations SET version = version`,
			func() error { _, err := b.RecordMailEvent(ctx, event); return err },
			`UPDATE mail_deliveries SET provider_id = 'provider-2', attempts = 7`)
		must(t, err)
		if n := b.count(t, "SELECT COUNT(*) FROM mail_deliveries WHERE provider_id = 'provider-2' AND attempts = 7 AND status = 'delivered'"); n != 1 {
			t.Error("the event has overwritten the delivery with an older row")
		}
	})
}

// TestFailure_DoesNotRetryUniqueViolation: a retry would violate the constraint again.
func TestFailure_DoesNotRetryUniqueViolation(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		must(t, b.exec(`CREATE UNIQUE INDEX one_webhook ON webhooks (url)`))
		add := func() error {
			_, _, err := b.AddWebhook(ctx, collaboration.Webhook{OfficeID: office, URL: "https://example.com", CreatedBy: "emp-maja", CreatedAt: noon})
			return err
		}
		must(t, add())
		wantCode(t, add(), collaboration.CodeInternal)
	})
}

func TestWebhookPost_RejectsEventOfAnotherOffice(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		id, _, err := b.AddWebhook(ctx, collaboration.Webhook{OfficeID: "office-2", URL: "https://example.com", CreatedBy: "emp-sara", CreatedAt: noon})
		must(t, err)
		_, _, err = b.WebhookPost(ctx, collaboration.WebhookDelivery{Webhook: id, Activation: o.Activation, Sequence: 1})
		wantCode(t, err, collaboration.CodeNotFound)
	})
}
