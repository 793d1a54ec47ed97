package e2e_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"

	"countersign/api"
	"countersign/collaboration"
	"countersign/dev/stack"
)

func activityName(ctx context.Context) string { return activity.GetInfo(ctx).ActivityType.Name }

// The worker is killed with SIGKILL before and after each step of each path:
// after means that the step's transaction is committed and the engine does not
// know it yet. Then another worker takes over, and every activation must end
// where it would have ended, with each thing done once.
func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := start(t, func(_ *testing.T, options *stack.Options) { options.Dir, options.NoWorker = dir, true })
	o.importCustomers(40)
	s := &crashScene{t: t, o: o, dir: dir}

	for _, step := range []string{"CheckTask", "ActivateSolution", "CreateAdministrator", "mail", "SendInvitation"} {
		s.killAround(step, func() { s.begin() })
	}
	s.takeOver()
	waiting := slices.Clone(s.all)

	next := func() *crashed { c := waiting[0]; waiting = waiting[1:]; return c }
	s.killAround("StartAgreement", func() { s.answer(next(), approved) })
	for _, step := range []string{"RemoveAdministrator", "DeactivateSolution", "CloseActivation"} {
		s.killAround(step, func() { s.answer(next(), declined) })
	}
	s.takeOver()

	running := slices.DeleteFunc(slices.Clone(s.all), func(c *crashed) bool { return c.answer != approved })
	s.killAround("EndCollaboration", func() { c := running[0]; running = running[1:]; s.end(c) })
	s.takeOver()
	for _, c := range s.all {
		s.check(c)
	}
	s.checkMails()
}

const (
	nothing  = ""
	approved = "approved"
	declined = "declined"
	ended    = "ended"
)

var stateAfter = map[string]collaboration.State{
	nothing: collaboration.AwaitingApproval, approved: collaboration.Active,
	declined: collaboration.Declined, ended: collaboration.Ended,
}

// crashed is one activation whose worker was killed.
type crashed struct {
	id     collaboration.ActivationID
	email  string
	answer string
}

type crashScene struct {
	t   *testing.T
	o   *office
	dir string
	all []*crashed
}

// killAround lets a worker run into its death before and after a step.
func (s *crashScene) killAround(step string, do func()) {
	s.t.Helper()
	for _, when := range []string{"before", "after"} {
		point := step + " " + when
		c := startChild(s.t, childOrder{Role: "worker", Dir: s.dir, Engine: s.o.at.Engine, Crash: point})
		do()
		c.awaitDeath(point)
	}
}

// takeOver runs a worker that is not killed until every activation is where
// its answer takes it.
func (s *crashScene) takeOver() {
	s.t.Helper()
	worker := startChild(s.t, childOrder{Role: "worker", Dir: s.dir, Engine: s.o.at.Engine})
	for _, c := range s.all {
		s.o.await(c.id, stateAfter[c.answer])
	}
	if err := worker.stop(); err != nil {
		s.t.Errorf("the worker %v", err)
	}
}

func (s *crashScene) begin() {
	n := len(s.all)
	email := fmt.Sprintf("person%d@crash.example", n)
	id := s.o.activate(s.o.requestFor(n, email))
	s.all = append(s.all, &crashed{id: id, email: email})
}

// answer decides as another system does that has no link: by a signal.
func (s *crashScene) answer(c *crashed, answer string) {
	s.t.Helper()
	c.answer = answer
	decision := collaboration.Decision{ID: "crash", Activation: c.id, Generation: 1, By: "admin", Outcome: collaboration.Decline, Reason: collaboration.ReasonOther}
	if answer == approved {
		decision = collaboration.Decision{ID: "crash", Activation: c.id, Generation: 1, By: "admin", Outcome: collaboration.Approve, TermsVersion: "1", TermsHash: "hash"}
	}
	s.signal(c, collaboration.DecideMessage, decision)
}

func (s *crashScene) end(c *crashed) {
	c.answer = ended
	// The worker may die before it answers: 202 says that it is left to be done.
	if r := s.o.call(http.MethodPost, "/v1/activations/"+string(c.id)+"/end", map[string]any{"when": "now"}, nil); r.StatusCode/100 != 2 {
		s.t.Fatalf("end: %s", r.Status)
	}
}

// check reads what was recorded: each step once, in the lawful order.
func (s *crashScene) check(c *crashed) {
	s.t.Helper()
	want := "requested task_checked solution_activated administrator_created invitation_queued invitation_sent"
	switch c.answer {
	case approved:
		want += " agreement_started"
	case declined:
		want += " administrator_removed solution_deactivated closed"
	case ended:
		want += " agreement_started collaboration_ended"
	}
	if got := actions(s.o.activation(c.id)); got != want {
		s.t.Errorf("%s (%s)\n got %s\nwant %s", c.id, c.answer, got, want)
	}
}

// checkMails counts what was handed over: once each, and twice at most where
// the worker died between the hand-over and its record. A worker that wakes up
// what others left may have several in its hands when it dies.
func (s *crashScene) checkMails() {
	s.t.Helper()
	log, err := os.ReadFile(filepath.Join(s.dir, "sent.log"))
	if err != nil {
		s.t.Fatal(err)
	}
	sent := map[string]int{}
	for to := range strings.FieldsSeq(string(log)) {
		sent[to]++
	}
	db, err := sql.Open("sqlite", filepath.Join(s.dir, "facts.db"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	for _, c := range s.all {
		var lost int // how often it was not known what became of a hand-over
		if err := db.QueryRow("SELECT unknown FROM mail_deliveries WHERE activation_id = $1 AND kind = 'invitation'", c.id).Scan(&lost); err != nil {
			s.t.Fatal(err)
		}
		if n := sent[c.email]; n != 1 && (n != 2 || lost == 0) {
			s.t.Errorf("%d mails to %s, of which %d were lost from sight", n, c.email, lost)
		}
	}
}

// importCustomers brings in new customers, one task each.
func (o *office) importCustomers(n int) {
	o.t.Helper()
	const file = 2000 // customers
	for from := 0; from < n; from += file {
		o.importFile(from, min(from+file, n))
	}
}

func (o *office) importFile(from, to int) {
	o.t.Helper()
	var csv strings.Builder
	csv.WriteString("organisation_number,name,task,task_owner_email\n")
	for i := from; i < to; i++ {
		fmt.Fprintf(&csv, "%s,Kund %d AB,Bokföring,maja@ekstroms.example\n", organisationNumber(i), i)
	}
	response := o.importCSV(csv.String())
	for end := time.Now().Add(time.Minute); response.StatusCode == http.StatusServiceUnavailable && time.Now().Before(end); { // rows that are there stay
		response.Body.Close()
		time.Sleep(time.Second)
		response = o.importCSV(csv.String())
	}
	if body := text(o.t, response); response.StatusCode != http.StatusOK {
		o.t.Fatalf("import: %s %s", response.Status, body)
	}
}

func (o *office) importCSV(csv string) *http.Response {
	o.t.Helper()
	request, err := http.NewRequest(http.MethodPost, o.at.API+"/v1/customers/import", strings.NewReader(csv))
	if err != nil {
		o.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+o.token)
	request.Header.Set("Content-Type", "text/csv")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		o.t.Fatal(err)
	}
	return response
}

// organisationNumber is the i-th of a series, with its check digit.
func organisationNumber(i int) string {
	for d := range 10 {
		s := fmt.Sprintf("5599%05d%d", i, d)
		if _, err := collaboration.ParseOrganisationNumber(s); err == nil {
			return s
		}
	}
	panic("no check digit fits")
}

// requestFor asks to invite the n-th imported customer.
func (o *office) requestFor(n int, email string) collaboration.Request {
	o.t.Helper()
	var list api.ListView[api.CustomerView]
	o.call(http.MethodGet, "/v1/customers?q="+organisationNumber(n), nil, &list)
	if len(list.Items) != 1 || len(list.Items[0].Tasks) != 1 {
		o.t.Fatalf("customer %d: %+v", n, list.Items)
	}
	c := list.Items[0]
	return collaboration.Request{
		CustomerID: c.ID, SolutionID: "financial-overview", TaskID: c.Tasks[0].ID, InvoiceRecipient: collaboration.PaidByOffice,
		Contact: &collaboration.Contact{Name: "Person", Email: email, Phone: "0701234567"},
	}
}
