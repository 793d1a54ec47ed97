package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"countersign/collaboration"
	"countersign/dev/stack"
	"countersign/starter"
)

// desk starts activations and sends messages past the API, on an engine whose
// workers come and go as a test wants.
type desk struct {
	*office
	*starter.Starter
	client   client.Client
	dir      string
	invited  int
	messages int
}

// answerWithin is short, because tests wait for it to pass.
const answerWithin = time.Second

func openDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{dir: t.TempDir()}
	d.office = start(t, func(_ *testing.T, o *stack.Options) { o.Dir, o.NoWorker = d.dir, true })
	d.importCustomers(12)
	engine := d.engine()
	t.Cleanup(engine.Close)
	d.client = engine.Client
	d.Starter = starter.New(d.client, answerWithin)
	return d
}

func (d *desk) work() *child {
	d.t.Helper()
	return startChild(d.t, childOrder{Role: "worker", Dir: d.dir, Engine: d.at.Engine})
}

// orderFor is what the API makes of a good request.
func orderFor(r collaboration.Request) collaboration.Order {
	return collaboration.Order{
		Activation: collaboration.NewActivationID("office-1", r.CustomerID, r.SolutionID), OfficeID: "office-1",
		CustomerID: r.CustomerID, SolutionID: r.SolutionID, Scenario: collaboration.NewCustomer, TaskID: r.TaskID,
		InvoiceRecipient: r.InvoiceRecipient, Period: collaboration.Period{Start: collaboration.OnApproval}, AgreementMonths: 12,
		Contact: r.Contact, Locale: collaboration.Swedish, OnEnd: collaboration.ReadOnly, RequestedBy: "emp-maja", RequestedAt: time.Now().UTC(),
	}
}

// order is for a customer that was not asked before.
func (d *desk) order() collaboration.Order {
	d.t.Helper()
	d.invited++
	return orderFor(d.requestFor(d.invited-1, fmt.Sprintf("person%d@desk.example", d.invited)))
}

func (d *desk) mustStart(o collaboration.Order) collaboration.ActivationID {
	d.t.Helper()
	if err := d.Start(d.t.Context(), o); err != nil {
		d.t.Fatal(err)
	}
	return o.Activation
}

// invite needs a worker.
func (d *desk) invite() collaboration.ActivationID {
	d.t.Helper()
	id := d.mustStart(d.order())
	d.await(id, collaboration.AwaitingApproval)
	return id
}

// approval is a new message each time.
func (d *desk) approval(id collaboration.ActivationID) collaboration.Decision {
	d.messages++
	return collaboration.Decision{ID: fmt.Sprintf("approval-%d", d.messages), Activation: id, Generation: 1, By: "admin",
		Outcome: collaboration.Approve, TermsVersion: "1", TermsHash: "hash", Locale: collaboration.Swedish}
}

func (d *desk) declination(id collaboration.ActivationID) collaboration.Decision {
	d.messages++
	return collaboration.Decision{ID: fmt.Sprintf("declination-%d", d.messages), Activation: id, Generation: 1, By: "admin",
		Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice}
}

func (d *desk) signal(m collaboration.Decision) {
	d.t.Helper()
	if err := d.client.SignalWorkflow(d.t.Context(), m.Activation.WorkflowID(), "", collaboration.DecideMessage, m); err != nil {
		d.t.Fatal(err)
	}
}

// decided is the decision that the workflow keeps, once it has seen all that
// was sent before.
func (d *desk) decided(id collaboration.ActivationID) collaboration.Decision {
	d.t.Helper()
	standing, err := starter.New(d.client, 20*time.Second).Standing(d.t.Context(), id)
	if err != nil || standing.Decision == nil {
		d.t.Fatalf("standing %+v, %v", standing, err)
	}
	return *standing.Decision
}

func (d *desk) wantCode(what string, err error, want collaboration.Code) {
	d.t.Helper()
	if got := collaboration.CodeOf(err); got != want {
		d.t.Errorf("%s: %q (%v), want %q", what, got, err, want)
	}
}

// wantStarted checks what the facts keep: the decision, and one agreement.
func (d *desk) wantStarted(id collaboration.ActivationID) {
	d.t.Helper()
	a := d.await(id, collaboration.Active)
	if n := strings.Count(actions(a), string(collaboration.ActionAgreementStarted)); n != 1 {
		d.t.Errorf("the agreement was started %d times: %s", n, actions(a))
	}
	if a.Decision == nil || a.Decision.Outcome != collaboration.Approve || a.Decision.TermsHash != "hash" || a.Decision.TermsVersion != "1" {
		d.t.Errorf("decision %+v", a.Decision)
	}
}

func TestStartRefusesASecondOne(t *testing.T) {
	d := openDesk(t)
	order := d.order()
	first := d.mustStart(order)
	second := order
	second.Activation = collaboration.NewActivationID(order.OfficeID, order.CustomerID, order.SolutionID)
	refused := func(when string) {
		t.Helper()
		err := d.Start(t.Context(), second)
		e, ok := err.(*collaboration.Error)
		if !ok || e.Code != collaboration.CodeActivationExists || e.Activation != first {
			t.Errorf("%s: %v, want activation_exists and %s", when, err, first)
		}
	}
	refused("before any worker")
	standing, err := d.Standing(t.Context(), first)
	if err != nil || standing.Activation != first || standing.State != collaboration.Activating {
		t.Errorf("before any worker it stands at %+v, %v", standing, err)
	}

	d.work()
	d.await(first, collaboration.AwaitingApproval)
	refused("while it waits")
	if _, err := d.Decide(t.Context(), d.declination(first)); err != nil {
		t.Fatal(err)
	}
	d.awaitClosed(first, "")
	d.mustStart(second)
	d.await(second.Activation, collaboration.AwaitingApproval)
	_, err = d.Standing(t.Context(), first)
	d.wantCode("the first one's standing", err, collaboration.CodeActivationNotFound)
	_, err = d.Decide(t.Context(), d.approval(first))
	d.wantCode("a decision on the first one", err, collaboration.CodeActivationNotFound)
	if a := d.activation(first); a.State != collaboration.Declined {
		t.Errorf("the first one became %s", a.State)
	}
}

func TestADecisionThatNobodyAnswers(t *testing.T) {
	d := openDesk(t)
	worker := d.work()
	id, gone := d.invite(), d.invite()
	if err := worker.stop(); err != nil {
		t.Fatal(err)
	}

	decision := d.approval(id)
	for _, attempt := range []string{"first", "again"} {
		began := time.Now()
		_, err := d.Decide(t.Context(), decision)
		d.wantCode(attempt, err, collaboration.CodeOutcomeUnknown)
		if took := time.Since(began); took > 2*answerWithin+time.Second {
			t.Errorf("%s: took %s", attempt, took)
		}
	}
	standing, err := d.Standing(t.Context(), id)
	if err != nil || standing.Activation != id || standing.State != collaboration.AwaitingApproval {
		t.Errorf("without a worker it stands at %+v, %v", standing, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // the browser was closed
	_, err = d.Decide(ctx, d.approval(gone))
	d.wantCode("a caller that is gone", err, collaboration.CodeOutcomeUnknown)

	d.work()
	d.wantStarted(id)
	d.wantStarted(gone)
	repeat, err := d.Decide(t.Context(), decision)
	if err != nil || repeat.Decision == nil || repeat.Decision.ID != decision.ID {
		t.Errorf("the repeat is answered with %+v, %v", repeat, err)
	}
	d.wantStarted(id)
}

func TestADecisionCountsOnce(t *testing.T) {
	d := openDesk(t)
	d.work()
	patient := starter.New(d.client, 20*time.Second)
	update := func(m collaboration.Decision) {
		t.Helper()
		if s, err := patient.Decide(t.Context(), m); err != nil || s.Decision == nil || s.Decision.ID != m.ID {
			t.Errorf("update: %+v, %v", s, err)
		}
	}
	for _, tt := range []struct {
		name string
		send []func(collaboration.Decision)
	}{
		{"signal, update", []func(collaboration.Decision){d.signal, update}},
		{"update, signal", []func(collaboration.Decision){update, d.signal}},
		{"all of it, over and over", []func(collaboration.Decision){d.signal, update, d.signal, update, d.signal}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id := d.invite()
			decision := d.approval(id)
			var first collaboration.Decision
			for n, send := range tt.send {
				send(decision)
				if kept := d.decided(id); n == 0 {
					first = kept
				} else if kept != first {
					t.Errorf("message %d changed %+v to %+v", n+1, first, kept)
				}
			}
			d.signal(d.declination(id)) // another answer has no effect
			if kept := d.decided(id); kept != first {
				t.Errorf("another answer changed %+v to %+v", first, kept)
			}
			d.wantStarted(id)
		})
	}
	t.Run("a second answer", func(t *testing.T) {
		id := d.invite()
		first := d.approval(id)
		update(first)
		for _, second := range []collaboration.Decision{d.declination(id), d.approval(id)} {
			s, err := patient.Decide(t.Context(), second)
			d.wantCode(second.ID, err, collaboration.CodeAlreadyDecided)
			if s.Decision == nil || s.Decision.ID != first.ID || s.Decision.Outcome != collaboration.Approve {
				t.Errorf("%s: the standing has %+v", second.ID, s.Decision)
			}
		}
		d.wantStarted(id)
	})
}
