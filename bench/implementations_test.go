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
	"countersign/collaboration/catalogue"
	"countersign/internal/codec"
	"countersign/internal/config"
	"countersign/internal/eventually"
	"countersign/internal/link"
	"countersign/internal/store"
	"countersign/starter"
)

// implementation is a way to implement activations. Its methods are safe for concurrent
// use.
type implementation interface {
	// start returns when the activation is accepted.
	start() (id string)
	// awaitInvited waits until the invitation is sent.
	awaitInvited(id string)
	// prepareDecision reads the invitation. decide sends the decision and waits until the
	// agreement is started. settle waits for the response to the decision. Both are nil
	// if the implementation has no decisions.
	prepareDecision(id string) (decide, settle func())
}

// product calls the API as clients do: over HTTP, with a token.
type product struct {
	*site
	next atomic.Int64
	// requestNumbers has the number of each activation's request, by ID.
	requestNumbers sync.Map
}

func (p *product) start() string {
	n := int(p.next.Add(1) - 1)
	accepted, err := p.office.CreateActivation(p.b.Context(), p.requests[n])
	if err != nil {
		p.b.Error(err)
		return ""
	}
	p.requestNumbers.Store(accepted.ID, n)
	return accepted.ID
}

func (p *product) awaitInvited(id string) {
	eventually.Receive(p.b, "the invitation is recorded as sent", p.recorder.completed(step{id, string(collaboration.ActionInvitationSent)}))
}

func (p *product) prepareDecision(id string) (decide, settle func()) {
	ctx := p.b.Context()
	n, _ := p.requestNumbers.Load(id)
	customer := p.customers[n.(int)%personCount]
	token := p.links.Sign(link.Claims{
		Activation: collaboration.ActivationID(id), Generation: 1, Purpose: link.Approve, Expires: time.Now().Add(time.Hour),
	})
	invitation, err := customer.GetInvitation(ctx, token)
	if err != nil {
		p.b.Fatal(err)
	}
	d := client.DecisionRequest{Outcome: client.OutcomeApprove, AcceptTerms: true, OfferHash: invitation.OfferHash, Locale: invitation.Terms.Locale}
	response := make(chan error, 1)
	decide = func() {
		go func() {
			_, err := customer.DecideInvitation(ctx, token, d)
			response <- err
		}()
		eventually.Receive(p.b, "the agreement is recorded as started", p.recorder.completed(step{id, string(collaboration.ActionAgreementStarted)}))
	}
	return decide, func() {
		if err := <-response; err != nil {
			p.b.Error(err)
		}
	}
}

// withoutAPI starts the product's workflow with Temporal's client. The API runs beside
// it, so the difference is the cost of requests to the API.
type withoutAPI struct {
	*product
	starter *starter.Starter
	manager collaboration.Employee
}

func openWithoutAPI(p *product) *withoutAPI {
	b, ctx := p.b, p.b.Context()
	b.Helper()
	c, err := config.Load(config.API, p.settings)
	must(b, err)
	database, err := store.Open(ctx, c.DatabaseURL, store.Existing())
	must(b, err)
	b.Cleanup(func() { must(b, database.Close()) })
	keys, err := codec.New(database, codec.MasterKey{ID: c.EncryptionKeys[0].ID, Key: c.EncryptionKeys[0].Key})
	must(b, err)
	options, err := c.TemporalClient()
	must(b, err)
	options.Logger = discardLogger()
	must(b, keys.ConfigureClient(&options))
	temporalClient, err := temporal.Dial(options)
	must(b, err)
	b.Cleanup(temporalClient.Close)
	manager, err := database.Person(ctx, managerEmail)
	must(b, err)
	return &withoutAPI{product: p, starter: starter.New(temporalClient, 0), manager: *manager.Employee}
}

// order returns the workflow input that the API makes from the n-th request.
func (w *withoutAPI) order(n int) (collaboration.Order, error) {
	r := w.requests[n]
	solution, _ := catalogue.Embedded.Solution(r.SolutionID)
	order, err := collaboration.NewOrder(
		collaboration.Request{
			TaskID: r.TaskID, InvoiceRecipient: collaboration.InvoiceRecipient(r.InvoiceRecipient),
			Contact: &collaboration.Contact{Name: r.Contact.Name, Email: r.Contact.Email, Phone: r.Contact.Phone},
		},
		collaboration.Customer{ID: r.CustomerID, OfficeID: w.manager.OfficeID, Tasks: []collaboration.Task{{ID: r.TaskID, Open: true}}},
		solution, r.CustomerID, time.Now(),
	)
	order.Activation, order.RequestedBy = collaboration.NewActivationID(w.manager.OfficeID, r.CustomerID, r.SolutionID), w.manager.ID
	return order, err
}

func (w *withoutAPI) start() string {
	n := int(w.next.Add(1) - 1)
	order, err := w.order(n)
	if err == nil {
		err = w.starter.Start(w.b.Context(), order)
	}
	if err != nil {
		w.b.Error(err)
		return ""
	}
	w.requestNumbers.Store(string(order.Activation), n)
	return string(order.Activation)
}

// baseline is a typical workflow: four normal activities in a row, then a Signal and a
// fifth activity. All activities are empty, and the caller uses Temporal's client.
type baseline struct {
	b        testing.TB
	temporal temporal.Client
	queue    string // also the prefix of workflow IDs
	next     atomic.Int64
	recorder *stepRecorder
}

const (
	invitedStep = "invited"
	decidedStep = "decided" // also the name of the Signal
)

// baselineWorkflow waits for a timer after the decision, as the product does.
func baselineWorkflow(ctx workflow.Context, id string) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	for _, name := range []string{"check", "activate", "create", invitedStep} {
		if err := workflow.ExecuteActivity(ctx, (&baseline{}).Step, id, name).Get(ctx, nil); err != nil {
			return err
		}
	}
	workflow.GetSignalChannel(ctx, decidedStep).Receive(ctx, nil)
	if err := workflow.ExecuteActivity(ctx, (&baseline{}).Step, id, decidedStep).Get(ctx, nil); err != nil {
		return err
	}
	return workflow.NewTimer(ctx, 90*24*time.Hour).Get(ctx, nil)
}

// emptyWorkflow has the least cost that a workflow can have.
func emptyWorkflow(workflow.Context) error { return nil }

// openBaseline runs a worker with the SDK's defaults. With isQueued it disables eager
// dispatch, so that every activity goes through the task queue.
func openBaseline(b testing.TB, c temporal.Client, queue string, isQueued bool) *baseline {
	b.Helper()
	base := &baseline{b: b, temporal: c, queue: queue, recorder: newStepRecorder(nil)}
	w := sdk.New(c, queue, sdk.Options{DisableEagerActivities: isQueued})
	w.RegisterWorkflow(baselineWorkflow)
	w.RegisterWorkflow(emptyWorkflow)
	w.RegisterActivity(base)
	must(b, w.Start())
	b.Cleanup(w.Stop)
	return base
}

// Step is an activity without effect.
func (b *baseline) Step(_ context.Context, id, name string) error {
	if name == invitedStep || name == decidedStep {
		b.recorder.complete(step{id, name})
	}
	return nil
}

func (b *baseline) execute(workflow any, arguments ...any) temporal.WorkflowRun {
	id := fmt.Sprintf("%s-%d", b.queue, b.next.Add(1))
	if len(arguments) > 0 {
		arguments[0] = id
	}
	run, err := b.temporal.ExecuteWorkflow(b.b.Context(), temporal.StartWorkflowOptions{ID: id, TaskQueue: b.queue}, workflow, arguments...)
	if err != nil {
		b.b.Fatal(err)
	}
	return run
}

func (b *baseline) start() string { return b.execute(baselineWorkflow, "").GetID() }

func (b *baseline) awaitInvited(id string) {
	eventually.Receive(b.b, "the baseline sends its invitation", b.recorder.completed(step{id, invitedStep}))
}

func (b *baseline) prepareDecision(id string) (decide, settle func()) {
	return func() {
		if err := b.temporal.SignalWorkflow(b.b.Context(), id, "", decidedStep, nil); err != nil {
			b.b.Error(err)
			return
		}
		eventually.Receive(b.b, "the baseline records the decision", b.recorder.completed(step{id, decidedStep}))
	}, func() {}
}

// emptyBaseline runs emptyWorkflow. Its invitation counts as sent when the workflow is
// complete, and it has no decision.
type emptyBaseline struct{ *baseline }

func (e emptyBaseline) start() string { return e.execute(emptyWorkflow).GetID() }

func (e emptyBaseline) awaitInvited(id string) {
	if err := e.temporal.GetWorkflow(e.b.Context(), id, "").Get(e.b.Context(), nil); err != nil {
		e.b.Error(err)
	}
}

func (emptyBaseline) prepareDecision(string) (decide, settle func()) { return nil, nil }
