package bench_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	temporal "go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/client"
	"countersign/collaboration"
	"countersign/internal/codec"
	"countersign/internal/config"
	"countersign/internal/link"
	"countersign/internal/store"
	"countersign/starter"
)

// way is a way to do what an activation does. Its methods may be called by many at once.
type way interface {
	// start answers when it is begun.
	start() (id string)
	// invited waits until the invitation is sent.
	invited(id string)
	// prepare does what comes before a decision. decide waits until the agreement is
	// started, and settle until its customer has an answer.
	prepare(id string) (decide, settle func())
}

// ours is asked as its users ask it: over HTTP, with a token.
type ours struct {
	*site
	next atomic.Int64
	// of are the numbers of the requests that activations came of.
	of sync.Map
}

func (o *ours) start() string {
	n := int(o.next.Add(1) - 1)
	accepted, err := o.office.CreateActivation(o.b.Context(), o.requests[n])
	if err != nil {
		o.b.Error(err)
		return ""
	}
	o.of.Store(accepted.ID, n)
	return accepted.ID
}

func (o *ours) invited(id string) {
	<-o.recorded.done(step{id, string(collaboration.ActionInvitationSent)})
}

func (o *ours) prepare(id string) (decide, settle func()) {
	ctx := o.b.Context()
	n, _ := o.of.Load(id)
	customer := o.customers[n.(int)%people]
	token := o.links.Sign(link.Claims{
		Activation: collaboration.ActivationID(id), Generation: 1, Purpose: link.Approve, Expires: time.Now().Add(time.Hour),
	})
	invitation, err := customer.GetInvitation(ctx, token)
	if err != nil {
		o.b.Fatal(err)
	}
	d := client.DecisionRequest{Outcome: client.OutcomeApprove, AcceptTerms: true, TermsHash: invitation.Terms.Hash, Locale: invitation.Terms.Locale}
	answer := make(chan error, 1)
	decide = func() {
		go func() {
			_, err := customer.DecideInvitation(ctx, token, d)
			answer <- err
		}()
		<-o.recorded.done(step{id, string(collaboration.ActionAgreementStarted)})
	}
	return decide, func() {
		if err := <-answer; err != nil {
			o.b.Error(err)
		}
	}
}

// direct is ours without its api: the same workflow, started with the engine's client
// and nothing else. What runs meanwhile is the same, so it shows what asking costs.
type direct struct {
	*ours
	starter *starter.Starter
	by      collaboration.Employee
}

func openDirect(o *ours) *direct {
	b, ctx := o.b, o.b.Context()
	b.Helper()
	c, err := config.Load(config.API, o.settings)
	must(b, err)
	facts, err := store.Open(ctx, c.DatabaseURL, store.Existing())
	must(b, err)
	b.Cleanup(func() { must(b, facts.Close()) })
	keys, err := codec.New(facts, codec.MasterKey{ID: c.EncryptionKeys[0].ID, Key: c.EncryptionKeys[0].Key})
	must(b, err)
	options, err := c.Engine()
	must(b, err)
	options.Logger = quiet()
	must(b, keys.Protect(&options))
	engine, err := temporal.Dial(options)
	must(b, err)
	b.Cleanup(engine.Close)
	somebody, err := facts.Person(ctx, atOffice)
	must(b, err)
	return &direct{ours: o, starter: starter.New(engine, 0), by: *somebody.Employee}
}

// order is what the api makes of the n-th request.
func (w *direct) order(n int) (collaboration.Order, error) {
	r := w.requests[n]
	solution, _ := collaboration.DefaultCatalogue.Solution(r.SolutionID)
	order, err := collaboration.NewOrder(
		collaboration.Request{
			TaskID: r.TaskID, InvoiceRecipient: collaboration.InvoiceRecipient(r.InvoiceRecipient),
			Contact: &collaboration.Contact{Name: r.Contact.Name, Email: r.Contact.Email, Phone: r.Contact.Phone},
		},
		collaboration.Customer{ID: r.CustomerID, OfficeID: w.by.OfficeID, Tasks: []collaboration.Task{{ID: r.TaskID, Open: true}}},
		solution, r.CustomerID, time.Now(),
	)
	order.Activation, order.RequestedBy = collaboration.NewActivationID(w.by.OfficeID, r.CustomerID, r.SolutionID), w.by.ID
	return order, err
}

func (w *direct) start() string {
	n := int(w.next.Add(1) - 1)
	order, err := w.order(n)
	if err == nil {
		err = w.starter.Start(w.b.Context(), order)
	}
	if err != nil {
		w.b.Error(err)
		return ""
	}
	w.of.Store(string(order.Activation), n)
	return string(order.Activation)
}

// usual is what is usually written: four normal activities in a row, then a signal
// and another one. All of them are empty, and nothing stands between its caller and
// the engine.
type usual struct {
	b      testing.TB
	engine temporal.Client
	queue  string // and how its workflows' IDs begin
	next   atomic.Int64
	steps  *recorded
}

const (
	invitedStep = "invited"
	decided     = "decided"
)

// usualWay waits for what comes after the agreement, as ours does.
func usualWay(ctx workflow.Context, id string) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	for _, name := range []string{"check", "activate", "create", invitedStep} {
		if err := workflow.ExecuteActivity(ctx, (&usual{}).Step, id, name).Get(ctx, nil); err != nil {
			return err
		}
	}
	workflow.GetSignalChannel(ctx, decided).Receive(ctx, nil)
	if err := workflow.ExecuteActivity(ctx, (&usual{}).Step, id, decided).Get(ctx, nil); err != nil {
		return err
	}
	return workflow.NewTimer(ctx, 90*24*time.Hour).Get(ctx, nil)
}

// emptyWorkflow is the floor: nothing can be done for less.
func emptyWorkflow(workflow.Context) error { return nil }

// openUsual works with the SDK's own defaults, but that it may leave each activity to
// the task queue: without eager dispatch, which a worker has only for its own workflows.
func openUsual(b testing.TB, engine temporal.Client, queue string, queued bool) *usual {
	b.Helper()
	u := &usual{b: b, engine: engine, queue: queue, steps: newRecorded(nil)}
	w := sdk.New(engine, u.queue, sdk.Options{DisableEagerActivities: queued})
	w.RegisterWorkflow(usualWay)
	w.RegisterWorkflow(emptyWorkflow)
	w.RegisterActivity(u)
	must(b, w.Start())
	b.Cleanup(w.Stop)
	return u
}

// Step does nothing.
func (u *usual) Step(_ context.Context, id, name string) error {
	if name == invitedStep || name == decided {
		u.steps.tell(step{id, name})
	}
	return nil
}

func (u *usual) begin(flow any, arguments ...any) temporal.WorkflowRun {
	id := fmt.Sprintf("%s-%d", u.queue, u.next.Add(1))
	if len(arguments) > 0 {
		arguments[0] = id
	}
	run, err := u.engine.ExecuteWorkflow(u.b.Context(), temporal.StartWorkflowOptions{ID: id, TaskQueue: u.queue}, flow, arguments...)
	if err != nil {
		u.b.Fatal(err)
	}
	return run
}

func (u *usual) start() string { return u.begin(usualWay, "").GetID() }

func (u *usual) invited(id string) { <-u.steps.done(step{id, invitedStep}) }

func (u *usual) prepare(id string) (decide, settle func()) {
	return func() {
		if err := u.engine.SignalWorkflow(u.b.Context(), id, "", decided, nil); err != nil {
			u.b.Error(err)
			return
		}
		<-u.steps.done(step{id, decided})
	}, func() {}
}

// floor is a workflow that does nothing: it is invited when it is over, and decides
// nothing.
type floor struct{ *usual }

func (f floor) start() string { return f.begin(emptyWorkflow).GetID() }

func (f floor) invited(id string) {
	if err := f.engine.GetWorkflow(f.b.Context(), id, "").Get(f.b.Context(), nil); err != nil {
		f.b.Error(err)
	}
}

func (f floor) prepare(string) (decide, settle func()) { return nil, nil }
