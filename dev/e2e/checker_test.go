package e2e_test

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/api"
	"countersign/collaboration"
)

// entry is an activation that somebody was told is accepted, and what must have
// become of it in the end.
type entry struct {
	ID       collaboration.ActivationID
	Customer string
	Email    string // whom the invitation goes to
	State    collaboration.State
}

// checker looks at a site from outside when all is quiet, knowing nothing but
// what callers were told: by SQL of its own, by the API, at the mails that the
// mail server took, and as an operator. It is for activations of new customers.
type checker struct {
	t        *testing.T
	at       *office
	facts    string // the database's URL
	mails    func() []mailed
	operator []string       // the environment of "countersign ops"; nil to leave runs out
	platform *otherPlatform // nil where it is our own
	// mayLose is for answers of the mail provider that were lost on purpose: after
	// two of the same mail nobody knows whether it went out, and that is recorded.
	mayLose bool
}

// findings are what is there, and everything that is wrong with it.
type findings struct {
	wrong              []string
	activations, mails int
	states             map[collaboration.State]int
	// twice counts invitations that were mailed a second time as the same mail:
	// lawful where whoever handed it over never learned that it was taken.
	twice int
	// lost are those of whose invitation nobody knows whether it was taken, unsent
	// how many of them the provider does not have, and unsaid those among them whose
	// customer answered before that was given up.
	lost, unsaid map[collaboration.ActivationID]bool
	unsent       int
}

func (f *findings) fault(format string, values ...any) {
	f.wrong = append(f.wrong, fmt.Sprintf(format, values...))
}

// check looks at everything. The site must have every entry and nothing else.
func (c *checker) check(entries []entry) findings {
	f := findings{states: map[collaboration.State]int{}, lost: map[collaboration.ActivationID]bool{}, unsaid: map[collaboration.ActivationID]bool{}}
	c.checkFacts(entries, &f)
	c.checkAPI(entries, &f)
	c.checkMails(entries, &f)
	if c.platform != nil {
		c.checkPlatform(entries, &f)
	}
	if c.operator != nil {
		c.checkRuns(&f)
	}
	return f
}

// checkRuns waits for what mends itself: a mail whose answer was lost is tried
// again when its lease has run out.
func (c *checker) checkRuns(f *findings) {
	for end := time.Now().Add(giveUp); ; time.Sleep(time.Second) {
		code, said := run(c.t, c.operator, "ops", "stuck", "--rate", "1000")
		if code == 0 {
			return
		}
		if time.Now().After(end) {
			f.fault("runs are stuck: %s", said)
			return
		}
	}
}

// steps are the facts of an activation of a new customer, by its state: each once.
var steps = map[collaboration.State]string{
	collaboration.AwaitingApproval: awaitingApproval,
	collaboration.Active:           awaitingApproval + " agreement_started",
	collaboration.Declined:         awaitingApproval + " administrator_removed solution_deactivated closed",
	collaboration.Withdrawn:        awaitingApproval + " administrator_removed solution_deactivated closed",
	collaboration.Ended:            awaitingApproval + " agreement_started collaboration_ended",
}

// sameSteps compares without the order of those that may overtake each other: a
// customer who has the mail may answer before it is recorded that it was taken.
func sameSteps(got, want string) bool {
	sorted := func(all string) []string { return slices.Sorted(slices.Values(strings.Fields(all))) }
	return strings.HasPrefix(got, upToTheMail) && slices.Equal(sorted(got), sorted(want))
}

var upToTheMail = strings.TrimSuffix(awaitingApproval, " invitation_sent")

// holding is how many administrators and subscriptions in force a customer has.
type holding struct{ administrators, subscriptions int }

// holds is what an activation's customer has, by its state.
var holds = map[collaboration.State]holding{
	collaboration.AwaitingApproval: {1, 1},
	collaboration.Active:           {1, 1},
	collaboration.Ended:            {1, 0},
}

func (c *checker) checkFacts(entries []entry, f *findings) {
	db, err := openFacts(c.facts)
	if err != nil {
		f.fault("facts: %v", err)
		return
	}
	defer db.Close()
	ids := map[collaboration.ActivationID]bool{}
	for _, e := range entries {
		ids[e.ID] = true
		var state string
		if err := db.QueryRow("SELECT state FROM activations WHERE id = $1 AND customer_id = $2", e.ID, e.Customer).Scan(&state); err != nil || state != string(e.State) {
			f.fault("%s of %s is recorded as %q, want %s: %v", e.ID, e.Customer, state, e.State, err)
		}
		f.states[collaboration.State(state)]++
		c.checkDelivery(db, e, f)
		if got := c.steps(db, e.ID, f); !f.sameSteps(got, e) {
			f.fault("%s: recorded %q, want %q", e.ID, got, steps[e.State])
		}
		got := holding{
			c.count(db, f, "SELECT count(*) FROM administrators WHERE customer_id = $1", e.Customer),
			c.count(db, f, "SELECT count(*) FROM subscriptions WHERE customer_id = $1 AND ended_at IS NULL", e.Customer),
		}
		if got != holds[e.State] {
			f.fault("%s: its customer has %+v, want %+v", e.ID, got, holds[e.State])
		}
	}
	f.activations = c.count(db, f, "SELECT count(*) FROM activations")
	if f.activations != len(ids) || len(ids) != len(entries) {
		f.fault("%d activations are recorded; %d were accepted, with %d ids", f.activations, len(entries), len(ids))
	}
}

// openFacts opens what the product keeps in a database of either kind.
func openFacts(url string) (*sql.DB, error) {
	if path, isFile := strings.CutPrefix(url, "sqlite:"); isFile {
		return sql.Open("sqlite", path)
	}
	return sql.Open("pgx", url)
}

// checkDelivery finds one invitation recorded, as taken.
func (c *checker) checkDelivery(db *sql.DB, e entry, f *findings) {
	var status collaboration.DeliveryStatus
	if got := c.count(db, f, "SELECT count(*) FROM mail_deliveries WHERE activation_id = $1 AND kind = 'invitation'", e.ID); got != 1 {
		f.fault("%s: %d invitations are recorded", e.ID, got)
		return
	}
	if err := db.QueryRow("SELECT status FROM mail_deliveries WHERE activation_id = $1 AND kind = 'invitation'", e.ID).Scan(&status); err != nil {
		f.fault("facts: %v", err)
	}
	switch {
	case status == collaboration.DeliveryAccepted:
	case c.mayLose && status == collaboration.DeliveryUnconfirmed:
		f.lost[e.ID] = true
	default:
		f.fault("%s: its invitation is recorded as %s", e.ID, status)
	}
}

// sameSteps is for an activation: where the customer answered before it was known
// what became of the mail, nobody says that it was sent.
func (f *findings) sameSteps(got string, e entry) bool {
	want := steps[e.State]
	if f.lost[e.ID] && e.State != collaboration.AwaitingApproval && sameSteps(got, strings.Replace(want, " invitation_sent", "", 1)) {
		f.unsaid[e.ID] = true
		return true
	}
	return sameSteps(got, want)
}

func (c *checker) count(db *sql.DB, f *findings, query string, arguments ...any) (n int) {
	if err := db.QueryRow(query, arguments...).Scan(&n); err != nil {
		f.fault("facts: %v", err)
	}
	return n
}

// steps are what was recorded, but for what goes along with it: see actions.
func (c *checker) steps(db *sql.DB, id collaboration.ActivationID, f *findings) string {
	var all sql.NullString
	err := db.QueryRow(`SELECT string_agg(action, ' ' ORDER BY sequence) FROM audit
		WHERE activation_id = $1 AND action NOT IN ('letter_sent', 'access_granted', 'access_revoked')`, id).Scan(&all)
	if err != nil {
		f.fault("%s: %v", id, err)
	}
	return all.String
}

func (c *checker) checkAPI(entries []entry, f *findings) {
	for _, e := range entries {
		var a api.ActivationView
		response, err := c.at.tryWith(nil, http.MethodGet, "/v1/activations/"+string(e.ID), nil, &a)
		if err != nil || response.StatusCode != http.StatusOK || a.State != e.State || !f.sameSteps(actions(a), e) {
			f.fault("%s is shown as %s with %q: %v", e.ID, a.State, actions(a), err)
		}
		if err := c.verify(e.ID); err != nil {
			f.fault("%s: its audit does not verify: %v", e.ID, err)
		}
	}
}

// verify exports the audit and looks at its chain.
func (c *checker) verify(id collaboration.ActivationID) error {
	request, err := http.NewRequest(http.MethodGet, c.at.at.API+"/v1/activations/"+string(id)+"/audit", nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+c.at.token)
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

// checkMails finds each invitation mailed, and to nobody else.
func (c *checker) checkMails(entries []entry, f *findings) {
	to := map[string][]mailed{}
	for _, one := range c.mails() {
		if one.link != "" {
			to[one.to] = append(to[one.to], one)
			f.mails++
		}
	}
	for _, e := range entries {
		switch mails := to[e.Email]; {
		case len(mails) == 1:
		case len(mails) == 2 && mails[0].id == mails[1].id:
			f.twice++
		case len(mails) == 0 && c.mayLose && f.lost[e.ID]:
			f.unsent++
		default:
			f.fault("%s: %d invitations were mailed: %+v", e.ID, len(mails), mails)
		}
		delete(to, e.Email)
	}
	for who := range to {
		f.fault("an invitation went to %s, whom nobody asked to invite", who)
	}
}

// checkPlatform finds the same on the platform as in the facts.
func (c *checker) checkPlatform(entries []entry, f *findings) {
	var held holding
	active := 0
	for _, e := range entries {
		want := holds[e.State]
		held.administrators += want.administrators
		held.subscriptions += want.subscriptions
		if e.State == collaboration.Active {
			active++
		}
		got, _ := c.platform.Status(c.t.Context(), collaboration.PlatformSubject{Activation: e.ID, CustomerID: e.Customer}) // never fails
		if got.HasSolution != (want.subscriptions == 1) || got.Administrators != want.administrators || (len(got.Employees) > 0) != (e.State == collaboration.Active) {
			f.fault("%s, which is %s, has on the platform %+v", e.ID, e.State, got)
		}
	}
	solutions, administrators, letIn := c.platform.counts()
	if (holding{administrators, solutions}) != held || letIn != active {
		f.fault("the platform has %d administrators, %d solutions and lets in %d times; want %+v and %d", administrators, solutions, letIn, held, active)
	}
}
