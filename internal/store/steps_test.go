package store_test

import (
	"maps"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// aStep is one step that a test runs on an activation.
type aStep struct {
	ready func(backend, *testing.T, collaboration.Order) collaboration.Order
	do    func(backend, collaboration.Order) error
	state collaboration.State
}

func renewal(o collaboration.Order) message.RenewalInput {
	return message.RenewalInput{Activation: o.Activation, Agreement: running(o).Renewed(), At: noon.AddDate(1, 0, 0)}
}

// notice returns a notice that ends the agreement with its term.
func notice(o collaboration.Order, a collaboration.Agreement) message.AmendmentInput {
	a.Renews = false
	return message.AmendmentInput{
		ID: "m-1", Activation: o.Activation, Action: collaboration.ActionNoticeGiven, Agreement: a, By: "a-1", At: noon,
	}
}

// change makes the customer the invoice recipient and, for a task, moves the activation
// to it.
func change(o collaboration.Order, task string) message.Command {
	return message.Command{ID: "m-1", Activation: o.Activation, By: "emp-nils", At: noon, Change: &collaboration.Change{
		TaskID: task, InvoiceRecipient: collaboration.PaidByCustomer,
	}}
}

func steps() map[string]aStep {
	return map[string]aStep{
		"open":                 {nil, func(b backend, o collaboration.Order) error { return b.OpenActivation(ctx, o) }, collaboration.Activating},
		"check task":           {backend.opened, func(b backend, o collaboration.Order) error { return b.CheckTask(ctx, o, noon) }, collaboration.Activating},
		"activate solution":    {backend.opened, func(b backend, o collaboration.Order) error { return b.ActivateSolution(ctx, o, noon) }, collaboration.Activating},
		"create administrator": {backend.opened, func(b backend, o collaboration.Order) error { return b.CreateAdministrator(ctx, o, noon) }, collaboration.Activating},
		"begin invitation": {backend.provisioned, func(b backend, o collaboration.Order) error {
			_, err := b.BeginMail(ctx, invitation(o, 1), "")
			return err
		}, collaboration.Activating},
		"fail invitation": {backend.sending, func(b backend, o collaboration.Order) error {
			return b.FailMail(ctx, invitation(o, 1), "", collaboration.CodeMailUnavailable)
		}, collaboration.Activating},
		"finish invitation": {backend.sending, func(b backend, o collaboration.Order) error {
			return b.FinishMail(ctx, invitation(o, 1), "", collaboration.DeliveryAccepted, "provider-1")
		}, collaboration.AwaitingApproval},
		"approve": {backend.invited, func(b backend, o collaboration.Order) error { return b.RecordApproval(ctx, approval(o)) }, collaboration.Active},
		"start agreement": {backend.approved, func(b backend, o collaboration.Order) error {
			return b.StartAgreement(ctx, startOf(approval(o)))
		}, collaboration.Active},
		"fail before the start": {backend.approved, func(b backend, o collaboration.Order) error {
			return b.CloseActivation(ctx, closing(o, collaboration.Failed))
		}, collaboration.Failed},
		"renew": {backend.active, func(b backend, o collaboration.Order) error { return b.RenewAgreement(ctx, renewal(o)) }, collaboration.Active},
		"give notice": {backend.active, func(b backend, o collaboration.Order) error {
			return b.RecordAgreement(ctx, notice(o, running(o)))
		}, collaboration.Active},
		"end": {backend.active, func(b backend, o collaboration.Order) error { return b.EndCollaboration(ctx, endOf(o)) }, collaboration.Ended},
		"decline": {backend.invited, func(b backend, o collaboration.Order) error {
			return b.CloseActivation(ctx, closing(o, collaboration.Declined))
		}, collaboration.Declined},
		"change while pending": {backend.invited, func(b backend, o collaboration.Order) error {
			return b.ChangeActivation(ctx, change(o, "t-1004-1"))
		}, collaboration.AwaitingApproval},
		"change while it runs": {backend.active, func(b backend, o collaboration.Order) error {
			return b.ChangeActivation(ctx, change(o, ""))
		}, collaboration.Active},
		"correct the address": {backend.invited, func(b backend, o collaboration.Order) error {
			return b.correct(o, "m-1", "ny@kund.example")
		}, collaboration.AwaitingApproval},
		"hand on": {func(b backend, t *testing.T, o collaboration.Order) collaboration.Order {
			o = b.invited(t, o)
			must(t, b.exec("INSERT INTO administrators (id, customer_id, name, email, phone, main_contact) SELECT 'a-contact', customer_id, 'Bo Lind', 'bo@kund.example', '070', FALSE FROM activations WHERE id = '"+string(o.Activation)+"'"))
			return o
		}, func(b backend, o collaboration.Order) error {
			c := handOn(o, "m-1", "per@kund.example")
			c.By = "a-contact"
			_, err := b.HandOnInvitation(ctx, c)
			return err
		}, collaboration.AwaitingApproval},
		"take notice back": {backend.active, func(b backend, o collaboration.Order) error {
			return b.RecordAgreement(ctx, message.AmendmentInput{
				ID: "m-1", Activation: o.Activation, Action: collaboration.ActionNoticeRevoked, Agreement: running(o), By: "a-1", At: noon,
			})
		}, collaboration.Active},
		"deactivate solution":  {backend.invited, func(b backend, o collaboration.Order) error { return b.DeactivateSolution(ctx, compensationOf(o)) }, collaboration.AwaitingApproval},
		"remove administrator": {backend.invited, func(b backend, o collaboration.Order) error { return b.RemoveAdministrator(ctx, compensationOf(o)) }, collaboration.AwaitingApproval},
	}
}

// sending begins the mail of an invitation.
func (b backend) sending(t *testing.T, o collaboration.Order) collaboration.Order {
	t.Helper()
	b.provisioned(t, o)
	d, err := b.BeginMail(ctx, invitation(o, 1), "")
	must(t, err)
	if d.Status != collaboration.DeliverySending {
		t.Fatalf("the first attempt has status %s", d.Status)
	}
	return o
}

func TestStep_IsIdempotent(t *testing.T) {
	t.Parallel()
	eachOnBoth(t, steps(), func(t *testing.T, b backend, step aStep) {
		o := orderFor("c-1004")
		if step.ready != nil {
			step.ready(b, t, o)
		}
		before := b.rows(t)
		must(t, step.do(b, o))
		once, first := b.rows(t), b.record(t, o.Activation)
		if maps.Equal(before, once) {
			t.Fatal("the step changed nothing")
		}
		must(t, step.do(b, o))
		if twice := b.rows(t); !maps.Equal(once, twice) {
			t.Errorf("a repeat changed\n%v to\n%v", once, twice)
		}
		if again := b.record(t, o.Activation); !reflect.DeepEqual(first, again) {
			t.Errorf("a repeat changed\n%+v to\n%+v", first, again)
		}
		if first.State != step.state {
			t.Errorf("state %s, want %s", first.State, step.state)
		}
	})
}

// TestStep_WritesActivationOnce: a step that changes no column writes the row once, as
// the lock. Each further version costs another write and its cleanup.
func TestStep_WritesActivationOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		b.countWrites(t)
		o := b.opened(t, orderFor("c-1004"))
		for _, name := range []string{"check task", "activate solution", "create administrator"} {
			must(t, b.exec("DELETE FROM writes"))
			must(t, steps()[name].do(b, o))
			if n := b.count(t, "SELECT COUNT(*) FROM writes"); n != 1 {
				t.Errorf("%s writes it %d times", name, n)
			}
		}
	})
}

// countWrites adds a trigger that counts the writes of activations.
func (b backend) countWrites(t *testing.T) {
	t.Helper()
	count := []string{
		`CREATE TABLE writes (id TEXT)`,
		`CREATE FUNCTION count_write() RETURNS trigger AS $$ BEGIN INSERT INTO writes VALUES (NEW.id); RETURN NULL; END $$ LANGUAGE plpgsql SECURITY DEFINER`,
		`CREATE TRIGGER count_writes AFTER UPDATE ON activations FOR EACH ROW EXECUTE FUNCTION count_write()`,
	}
	if b.sqlite() {
		count = []string{
			`CREATE TABLE writes (id TEXT)`,
			`CREATE TRIGGER count_writes AFTER UPDATE ON activations BEGIN INSERT INTO writes VALUES (NEW.id); END`,
		}
	}
	must(t, b.exec(count...))
}

// TestStep_ConcurrentAttemptsRunOnce runs each step eight times concurrently.
func TestStep_ConcurrentAttemptsRunOnce(t *testing.T) {
	t.Parallel()
	once := steps()
	delete(once, "begin invitation") // these two count attempts; other tests cover them
	delete(once, "fail invitation")
	eachOnBoth(t, once, func(t *testing.T, b backend, step aStep) {
		o := orderFor("c-1004")
		if step.ready != nil {
			step.ready(b, t, o)
		}
		before := b.rows(t)["audit"]
		accesses := b.count(t, "SELECT COUNT(*) FROM audit WHERE action IN ('access_granted', 'access_revoked')")
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := step.do(b, o); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		want := before + 1
		if access := b.count(t, "SELECT COUNT(*) FROM audit WHERE action IN ('access_granted', 'access_revoked')"); access > accesses {
			want++ // an event of its own
		}
		if after := b.rows(t)["audit"]; after != want {
			t.Errorf("%d audit rows, want %d", after-before, want-before)
		}
	})
}

func TestOpenActivation_RejectsSecondLive(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		first, second := orderFor("c-1004"), orderFor("c-1004")
		b.opened(t, first)
		err := b.OpenActivation(ctx, second)
		wantCode(t, err, collaboration.CodeActivationExists)
		if e, ok := err.(*collaboration.Error); !ok || e.Activation != first.Activation {
			t.Errorf("%v does not name the first", err)
		}
		live, err := b.LiveActivation(ctx, office, "c-1004", solution)
		if err != nil || live != first.Activation {
			t.Errorf("live: %q, %v", live, err)
		}
		must(t, b.CloseActivation(ctx, closing(first, collaboration.Withdrawn)))
		if live, err := b.LiveActivation(ctx, office, "c-1004", solution); err != nil || live != "" {
			t.Errorf("live after closing: %q, %v", live, err)
		}
		must(t, b.OpenActivation(ctx, second))
	})
}

func TestOpenActivation_RequiresCustomer(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		for _, customer := range []string{"c-9999", "c-2001"} { // none, and another office's
			wantCode(t, b.OpenActivation(ctx, orderFor(customer)), collaboration.CodeCustomerNotFound)
		}
	})
}

// TestSteps_WholeLifecycle checks the stored data from the request to the end.
func TestSteps_WholeLifecycle(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		began := time.Now().Truncate(time.Microsecond) // as the database stores it
		o := b.active(t, orderFor("c-1004"))
		b.renewedAndEnded(t, o)
		r := b.record(t, o.Activation)
		start := approval(o)
		main, _ := b.customer(t, "c-1004").MainContact()
		want := collaboration.Activation{
			ID: o.Activation, OfficeID: office, OfficeName: "Ekströms Redovisning", CustomerID: "c-1004",
			CustomerName: "Östgöta Plåtslageri AB", SolutionID: solution, TaskID: "t-1004-1", TaskName: "Löpande bokföring", TaskOwnerID: "emp-maja", TaskOwnerName: "Maja Ekström",
			Scenario: collaboration.NewCustomer, State: collaboration.Ended, TermsVersion: "2026-11", InvoiceRecipient: collaboration.PaidByOffice,
			Period: o.Period, AgreementMonths: 12, OnEnd: o.OnEnd, Locale: collaboration.Swedish, RequestedBy: "emp-maja",
			RequestedByName: "Maja Ekström", RequestedAt: noon, Generation: 1, SentAt: invitation(o, 1).At,
			ExpiresAt: invitation(o, 1).ExpiresAt, Delivery: collaboration.DeliveryAccepted, InvitedID: main.ID, InvitedName: "Åsa Öberg",
			Invited:      []collaboration.Invited{{AdministratorID: main.ID, Name: "Åsa Öberg", Email: "asa@kund.example", Delivery: collaboration.DeliveryAccepted}},
			InvitedEmail: "asa@kund.example", Decision: &start.Decision, EndedAt: endOf(o).At, UpdatedAt: r.UpdatedAt, Version: 10,
			Agreement: &collaboration.Agreement{StartsOn: start.Agreement.StartsOn, Started: true, Months: 12, Term: 2, Renews: false, OnEnd: collaboration.ReadOnly},
		}
		if !reflect.DeepEqual(r, want) {
			t.Errorf("got\n%+v\nwant\n%+v", r, want)
		}
		if r.UpdatedAt.Before(began) || r.UpdatedAt.After(time.Now()) {
			t.Errorf("updated at %s, the test began at %s", r.UpdatedAt, began)
		}
		events, err := b.Events(ctx, o.Activation, 0)
		must(t, err)
		var actions []string
		for i, e := range events {
			actions = append(actions, string(e.Action))
			if e.Sequence != i+1 || e.Activation != o.Activation || e.At.IsZero() || e.At.Location() != time.UTC || e.By == "" {
				t.Errorf("event %+v", e)
			}
			if strings.Contains(e.Detail, "Öberg") || strings.Contains(e.Detail, "@") {
				t.Errorf("personal data in %s", e.Detail)
			}
		}
		if got, want := strings.Join(actions, " "), "requested solution_activated administrator_created invitation_queued "+
			"invitation_sent approved agreement_started access_granted agreement_renewed notice_given collaboration_ended access_revoked"; got != want {
			t.Errorf("events %s, want %s", got, want)
		}
		if events[4].Detail != `{"delivery":"accepted","generation":1}` {
			t.Errorf("detail %s", events[4].Detail)
		}
		later, err := b.Events(ctx, o.Activation, 7)
		if err != nil || len(later) != 5 || later[0].Sequence != 8 {
			t.Errorf("after 7: %+v, %v", later, err)
		}
	})
}

// renewedAndEnded renews an active collaboration and ends it.
func (b backend) renewedAndEnded(t *testing.T, o collaboration.Order) {
	t.Helper()
	r := renewal(o)
	must(t, b.RenewAgreement(ctx, r))
	must(t, b.RecordAgreement(ctx, notice(o, r.Agreement)))
	must(t, b.EndCollaboration(ctx, endOf(o)))
}

// TestRenewAgreement_OncePerTerm: the next term has its own step key.
func TestRenewAgreement_OncePerTerm(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		r := renewal(o)
		must(t, b.RenewAgreement(ctx, r))
		r.Agreement = r.Agreement.Renewed()
		must(t, b.RenewAgreement(ctx, r))
		if a := b.record(t, o.Activation).Agreement; a.Term != 3 {
			t.Errorf("term %d, want 3", a.Term)
		}
	})
}
