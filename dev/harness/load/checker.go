package load

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/collaboration/provisioning"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/internal/eventually"
)

// Expected is an activation that the API accepted, with the state that it must reach.
type Expected struct {
	ID       collaboration.ActivationID
	Customer string // the customer's ID
	Email    string // the recipient of the invitation
	State    collaboration.State
}

// Checker compares an idle product with the activations that the API accepted. It
// shares no code with the product's store: it uses separate SQL, the API, the
// mails that the mail server accepted, and the operator's commands. It expects
// activations of new customers only.
type Checker struct {
	T                   *testing.T
	Office              *harness.Office
	DatabaseURL         string
	Mails               func() []external.SentMail
	OperatorEnvironment []string           // the environment of "countersign ops"; nil skips the check for stuck executions
	platform            *external.Platform // nil if the product's own tables are the platform
	// AllowUnconfirmedMail accepts invitations with an unconfirmed delivery. A test
	// sets it if it loses responses of the mail provider: after two lost responses
	// the worker records the delivery as unconfirmed and sends no third mail.
	AllowUnconfirmedMail bool
}

// Findings has the counts and inconsistencies that a Checker found.
type Findings struct {
	Errors             []string
	activations, Mails int
	states             map[collaboration.State]int
	// SentTwice counts invitations that were mailed twice under one message ID. That
	// is allowed: a worker repeats a mail if it did not get the provider's response.
	SentTwice int
	// unconfirmed has the activations with an unconfirmed delivery of the invitation.
	// In answeredEarly are those that the customer decided before the worker recorded
	// the delivery.
	unconfirmed, answeredEarly map[collaboration.ActivationID]bool
	// NeverSent counts unconfirmed invitations that the mail provider does not have.
	NeverSent int
}

func (f *Findings) errorf(format string, values ...any) {
	f.Errors = append(f.Errors, fmt.Sprintf(format, values...))
}

// Check compares every source with the entries. The product must have each of them
// and no other activation.
func (c *Checker) Check(entries []Expected) Findings {
	f := Findings{states: map[collaboration.State]int{}, unconfirmed: map[collaboration.ActivationID]bool{}, answeredEarly: map[collaboration.ActivationID]bool{}}
	c.checkDatabase(entries, &f)
	c.checkAPI(entries, &f)
	c.checkMails(entries, &f)
	if c.platform != nil {
		c.checkPlatform(entries, &f)
	}
	if c.OperatorEnvironment != nil {
		c.awaitNoStuckExecution()
	}
	return f
}

// awaitNoStuckExecution waits until no workflow execution is stuck. It has to wait
// because a mail without a response is retried after its lease has expired.
func (c *Checker) awaitNoStuckExecution() {
	eventually.OK(c.T, "no workflow execution is stuck", func() error {
		if code, output := harness.RunCommand(c.T, c.OperatorEnvironment, "ops", "stuck", "--rate", "1000"); code != 0 {
			return errors.New(output)
		}
		return nil
	})
}

// auditActions has the actions that the audit of a new customer's activation must
// have once each, by state.
var auditActions = map[collaboration.State]string{
	collaboration.AwaitingApproval: harness.InvitedActions,
	collaboration.Active:           harness.InvitedActions + " approved agreement_started",
	collaboration.Declined:         harness.InvitedActions + " administrator_removed solution_deactivated closed",
	collaboration.Withdrawn:        harness.InvitedActions + " administrator_removed solution_deactivated closed",
	collaboration.Ended:            harness.InvitedActions + " approved agreement_started collaboration_ended",
}

// sameActions compares actions without their order after the invitation was queued:
// a customer may decide before the worker records that the invitation was sent.
func sameActions(got, want string) bool {
	sorted := func(all string) []string { return slices.Sorted(slices.Values(strings.Fields(all))) }
	return strings.HasPrefix(got, actionsBeforeSent) && slices.Equal(sorted(got), sorted(want))
}

// actionsBeforeSent has the actions with a fixed order.
var actionsBeforeSent = strings.TrimSuffix(harness.InvitedActions, " invitation_sent")

// holding counts a customer's administrators and current subscriptions.
type holding struct{ administrators, subscriptions int }

// wantHoldings has the holding of an activation's customer, by state.
var wantHoldings = map[collaboration.State]holding{
	collaboration.AwaitingApproval: {1, 1},
	collaboration.Active:           {1, 1},
	collaboration.Ended:            {1, 0},
}

func (c *Checker) checkDatabase(entries []Expected, f *Findings) {
	db, err := harness.OpenDatabase(c.DatabaseURL)
	if err != nil {
		f.errorf("database: %v", err)
		return
	}
	defer db.Close()
	ids := map[collaboration.ActivationID]bool{}
	for _, e := range entries {
		ids[e.ID] = true
		var state string
		if err := db.QueryRow("SELECT state FROM activations WHERE id = $1 AND customer_id = $2", e.ID, e.Customer).Scan(&state); err != nil || state != string(e.State) {
			f.errorf("%s of customer %s is recorded as %q, want %s: %v", e.ID, e.Customer, state, e.State, err)
		}
		f.states[collaboration.State(state)]++
		c.checkDelivery(db, e, f)
		if got := c.actions(db, e.ID, f); !f.sameActions(got, e) {
			f.errorf("%s: the audit has %q, want %q", e.ID, got, auditActions[e.State])
		}
		got := holding{
			c.count(db, f, "SELECT count(*) FROM administrators WHERE customer_id = $1", e.Customer),
			c.count(db, f, "SELECT count(*) FROM subscriptions WHERE customer_id = $1 AND ended_at IS NULL", e.Customer),
		}
		if got != wantHoldings[e.State] {
			f.errorf("%s: the customer has %+v, want %+v", e.ID, got, wantHoldings[e.State])
		}
	}
	f.activations = c.count(db, f, "SELECT count(*) FROM activations")
	if f.activations != len(ids) || len(ids) != len(entries) {
		f.errorf("%d activations are recorded; %d were accepted, with %d distinct ids", f.activations, len(entries), len(ids))
	}
}

// checkDelivery checks that the database has one invitation, accepted by the mail
// provider.
func (c *Checker) checkDelivery(db *sql.DB, e Expected, f *Findings) {
	var status collaboration.DeliveryStatus
	if got := c.count(db, f, "SELECT count(*) FROM mail_deliveries WHERE activation_id = $1 AND kind = 'invitation'", e.ID); got != 1 {
		f.errorf("%s: %d invitations are recorded", e.ID, got)
		return
	}
	if err := db.QueryRow("SELECT status FROM mail_deliveries WHERE activation_id = $1 AND kind = 'invitation'", e.ID).Scan(&status); err != nil {
		f.errorf("database: %v", err)
	}
	switch {
	case status == collaboration.DeliveryAccepted:
	case c.AllowUnconfirmedMail && status == collaboration.DeliveryUnconfirmed:
		f.unconfirmed[e.ID] = true
	default:
		f.errorf("%s: the invitation is recorded as %s", e.ID, status)
	}
}

// sameActions compares with the actions of an entry's state. The audit does not have
// the sending of an unconfirmed invitation if the customer decided first.
func (f *Findings) sameActions(got string, e Expected) bool {
	want := auditActions[e.State]
	if f.unconfirmed[e.ID] && e.State != collaboration.AwaitingApproval && sameActions(got, strings.Replace(want, " invitation_sent", "", 1)) {
		f.answeredEarly[e.ID] = true
		return true
	}
	return sameActions(got, want)
}

func (c *Checker) count(db *sql.DB, f *Findings, query string, arguments ...any) (n int) {
	if err := db.QueryRow(query, arguments...).Scan(&n); err != nil {
		f.errorf("database: %v", err)
	}
	return n
}

// actions returns the audited actions in order. Like harness.Actions, it leaves out those
// that are recorded beside the workflow.
func (c *Checker) actions(db *sql.DB, id collaboration.ActivationID, f *Findings) string {
	var all sql.NullString
	err := db.QueryRow(`SELECT string_agg(action, ' ' ORDER BY sequence) FROM audit
		WHERE activation_id = $1 AND action NOT IN ('notification_sent', 'access_granted', 'access_revoked')`, id).Scan(&all)
	if err != nil {
		f.errorf("%s: %v", id, err)
	}
	return all.String
}

func (c *Checker) checkAPI(entries []Expected, f *Findings) {
	for _, e := range entries {
		var a rest.ActivationView
		response, err := c.Office.TryWithHeader(nil, http.MethodGet, "/v1/activations/"+string(e.ID), nil, &a)
		if err != nil || response.StatusCode != http.StatusOK || a.State != e.State || !f.sameActions(harness.Actions(a), e) {
			f.errorf("%s: the API has the state %s with %q: %v", e.ID, a.State, harness.Actions(a), err)
		}
		if err := c.verify(e.ID); err != nil {
			f.errorf("%s: the audit does not verify: %v", e.ID, err)
		}
	}
}

// verify exports an activation's audit and verifies its hash chain.
func (c *Checker) verify(id collaboration.ActivationID) error {
	request, err := http.NewRequest(http.MethodGet, c.Office.At.API+"/v1/activations/"+string(id)+"/audit", nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+c.Office.Token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	file, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	_, err = collaboration.VerifyAudit(strings.NewReader(string(file)))
	return err
}

// checkMails checks that each invitation was mailed, and to no other recipient.
func (c *Checker) checkMails(entries []Expected, f *Findings) {
	to := map[string][]external.SentMail{}
	for _, one := range c.Mails() {
		if one.Link != "" {
			to[one.To] = append(to[one.To], one)
			f.Mails++
		}
	}
	for _, e := range entries {
		switch mails := to[e.Email]; {
		case len(mails) == 1:
		case len(mails) == 2 && mails[0].ID == mails[1].ID:
			f.SentTwice++
		case len(mails) == 0 && c.AllowUnconfirmedMail && f.unconfirmed[e.ID]:
			f.NeverSent++
		default:
			f.errorf("%s: %d invitations were mailed: %+v", e.ID, len(mails), mails)
		}
		delete(to, e.Email)
	}
	for address := range to {
		f.errorf("an unexpected invitation was mailed to %s", address)
	}
}

// checkPlatform compares the external platform with the entries.
func (c *Checker) checkPlatform(entries []Expected, f *Findings) {
	var held holding
	active := 0
	for _, e := range entries {
		want := wantHoldings[e.State]
		held.administrators += want.administrators
		held.subscriptions += want.subscriptions
		if e.State == collaboration.Active {
			active++
		}
		got, _ := c.platform.Status(c.T.Context(), provisioning.Subject{Activation: e.ID, CustomerID: e.Customer}) // the test's platform returns no error
		if got.HasSolution != (want.subscriptions == 1) || got.Administrators != want.administrators || (len(got.Employees) > 0) != (e.State == collaboration.Active) {
			f.errorf("%s is %s, and the platform has %+v", e.ID, e.State, got)
		}
	}
	solutions, administrators, grants := c.platform.Counts()
	if (holding{administrators, solutions}) != held || grants != active {
		f.errorf("the platform has %d administrators, %d solutions and %d grants of access; want %+v and %d", administrators, solutions, grants, held, active)
	}
}
