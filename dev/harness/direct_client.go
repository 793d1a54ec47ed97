package harness

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/dev/stack"
	"countersign/internal/eventually"
	"countersign/starter"
)

// DirectClient starts workflow executions and sends commands without the API. Its
// stack has no worker: the test starts and stops workers.
type DirectClient struct {
	*Office
	*starter.Starter
	Client   client.Client
	Dir      string
	Messages int

	invited int
}

// ShortTimeout is how long a starter waits for the result of a command in tests
// without a worker, where the timeout always expires.
const ShortTimeout = 2 * time.Second

// OpenDirectClient starts a stack without a worker, with twelve customers.
func OpenDirectClient(t *testing.T) *DirectClient {
	t.Helper()
	return OpenDirectClientWith(t, 12, func(*stack.Options) {})
}

// OpenDirectClientWith is OpenDirectClient with another number of customers and other
// options of the stack.
func OpenDirectClientWith(t *testing.T, customers int, change func(*stack.Options)) *DirectClient {
	t.Helper()
	d := &DirectClient{Dir: t.TempDir()}
	d.Office = StartStack(t, func(t *testing.T, o *stack.Options) {
		o.Dir, o.NoWorker = d.Dir, true
		change(o)
	})
	d.ImportCustomers(customers)
	d.Client = d.Temporal()
	d.Starter = starter.New(d.Client, eventually.Deadline)
	return d
}

// For returns the same client for a subtest. Its counters of customers and commands
// are not shared.
func (d *DirectClient) For(t *testing.T) *DirectClient {
	other := *d
	other.Office = d.As(t, d.Token)
	return &other
}

// Delivery is the record of one mail of an activation.
type Delivery struct {
	ID     string
	Kind   collaboration.NotificationKind
	Status collaboration.DeliveryStatus
	// Unknown counts the attempts without a known result.
	Unknown int
}

// Deliveries returns the recorded mails of an activation.
func (d *DirectClient) Deliveries(id collaboration.ActivationID) (all []Delivery) {
	d.T.Helper()
	db, err := OpenDatabase(d.DatabaseURL)
	NoError(d.T, err)
	defer db.Close()
	rows, err := db.QueryContext(d.T.Context(), "SELECT id, kind, status, unknown FROM mail_deliveries WHERE activation_id = $1 ORDER BY kind, generation", id)
	NoError(d.T, err)
	defer rows.Close()
	for rows.Next() {
		var one Delivery
		NoError(d.T, rows.Scan(&one.ID, &one.Kind, &one.Status, &one.Unknown))
		all = append(all, one)
	}
	NoError(d.T, rows.Err())
	return all
}

// SentByChildren returns how many times each mail, by its ID, was sent by workers in
// separate processes.
func (d *DirectClient) SentByChildren() map[string]int {
	d.T.Helper()
	log, err := os.ReadFile(filepath.Join(d.Dir, mailsLog))
	if err != nil && !os.IsNotExist(err) {
		d.T.Fatal(err)
	}
	sent := map[string]int{}
	for id := range strings.FieldsSeq(string(log)) {
		sent[id]++
	}
	return sent
}

// StartWorker starts a worker in a separate process.
func (d *DirectClient) StartWorker() *Child {
	d.T.Helper()
	return StartChild(d.T, ChildSpec{Role: "worker", Dir: d.Dir, Temporal: d.TemporalAddress()})
}

// OrderFor returns the workflow input that the API makes from a valid request.
func OrderFor(r collaboration.Request) collaboration.Order {
	return collaboration.Order{
		Activation: collaboration.NewActivationID("office-1", r.CustomerID, r.SolutionID), OfficeID: "office-1",
		CustomerID: r.CustomerID, SolutionID: r.SolutionID, Scenario: collaboration.NewCustomer, TaskID: r.TaskID,
		InvoiceRecipient: r.InvoiceRecipient, Period: collaboration.Period{Start: collaboration.OnApproval}, AgreementMonths: 12,
		Contact: r.Contact, Locale: collaboration.Swedish, OnEnd: collaboration.EndPolicies{collaboration.ReadOnly}, RequestedBy: "emp-maja", RequestedAt: time.Now().UTC(),
	}
}

// Order returns a workflow input for a customer without an activation.
func (d *DirectClient) Order() collaboration.Order {
	d.T.Helper()
	d.invited++
	return OrderFor(d.RequestFor(d.invited-1, fmt.Sprintf("person%d@direct.example", d.invited)))
}

// MustStart starts a workflow execution.
func (d *DirectClient) MustStart(o collaboration.Order) collaboration.ActivationID {
	d.T.Helper()
	if err := d.Start(d.T.Context(), o); err != nil {
		d.T.Fatal(err)
	}
	return o.Activation
}

// Invite starts an activation and waits for its invitation, which needs a worker.
func (d *DirectClient) Invite() collaboration.ActivationID {
	d.T.Helper()
	id := d.MustStart(d.Order())
	d.AwaitState(id, collaboration.AwaitingApproval)
	return id
}

// Approval returns a decision with a new ID.
func (d *DirectClient) Approval(id collaboration.ActivationID) collaboration.Decision {
	d.Messages++
	return collaboration.Decision{ID: fmt.Sprintf("approval-%d", d.Messages), Activation: id, Generation: 1, By: "admin",
		Outcome: collaboration.Approve, Offer: ApprovedOffer()}
}

// Declination returns a decision with a new ID.
func (d *DirectClient) Declination(id collaboration.ActivationID) collaboration.Decision {
	d.Messages++
	return collaboration.Decision{ID: fmt.Sprintf("declination-%d", d.Messages), Activation: id, Generation: 1, By: "admin",
		Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice}
}

// Decide sends a decision as an Update.
func (d *DirectClient) Decide(ctx context.Context, m collaboration.Decision) (message.Status, error) {
	return d.SendCommand(ctx, message.Decide(m))
}

// SignalDecision sends a decision as a Signal.
func (d *DirectClient) SignalDecision(m collaboration.Decision) {
	d.T.Helper()
	if err := d.Client.SignalWorkflow(d.T.Context(), m.Activation.WorkflowID(), "", message.Signal, message.Decide(m)); err != nil {
		d.T.Fatal(err)
	}
}

// Decision returns the decision in the workflow's state. Temporal answers the query
// after all commands that were sent before it.
func (d *DirectClient) Decision(id collaboration.ActivationID) collaboration.Decision {
	d.T.Helper()
	status, err := d.Status(d.T.Context(), id)
	if err != nil || status.Decision == nil {
		d.T.Fatalf("status %+v, %v", status, err)
	}
	return *status.Decision
}

// WantCode checks the error code of a command.
func (d *DirectClient) WantCode(command string, err error, want collaboration.Code) {
	d.T.Helper()
	if got := collaboration.CodeOf(err); got != want {
		d.T.Errorf("%s: %q (%v), want %q", command, got, err, want)
	}
}

// WantStarted checks that the database has the decision and one agreement.
func (d *DirectClient) WantStarted(id collaboration.ActivationID) {
	d.T.Helper()
	a := d.AwaitState(id, collaboration.Active)
	if n := strings.Count(Actions(a), string(collaboration.ActionAgreementStarted)); n != 1 {
		d.T.Errorf("the agreement was started %d times: %s", n, Actions(a))
	}
	if a.Decision == nil || a.Decision.Outcome != collaboration.Approve || a.Decision.TermsHash != ApprovedOffer().TermsHash || a.Decision.TermsVersion != ApprovedOffer().TermsVersion {
		d.T.Errorf("decision %+v", a.Decision)
	}
}
