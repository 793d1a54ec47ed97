package harness

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// The customer's answers in a CrashScenario; answerEnded is an approval followed by
// the end of the agreement.
const (
	AnswerNone     = ""
	AnswerApproved = "approved"
	AnswerDeclined = "declined"
	answerEnded    = "ended"
)

// stateAfter has the state that each answer leads to.
var stateAfter = map[string]collaboration.State{
	AnswerNone: collaboration.AwaitingApproval, AnswerApproved: collaboration.Active,
	AnswerDeclined: collaboration.Declined, answerEnded: collaboration.Ended,
}

// CrashedActivation is an activation that lost its worker at a step.
type CrashedActivation struct {
	ID     collaboration.ActivationID
	email  string
	Answer string
}

// CrashScenario kills workers at steps of their activations, all on one stack.
type CrashScenario struct {
	T   *testing.T
	O   *Office
	Dir string
	All []*CrashedActivation
}

// KillAround runs two workers: one is killed before a step, one after it.
func (s *CrashScenario) KillAround(step string, do func()) {
	s.T.Helper()
	for _, when := range []string{"before", "after"} {
		point := step + " " + when
		c := StartChild(s.T, ChildSpec{Role: "worker", Dir: s.Dir, Temporal: s.O.TemporalAddress(), Crash: point})
		do()
		c.AwaitKilled(point)
	}
}

// TakeOver runs a worker until every activation is in the state that its answer
// leads to.
func (s *CrashScenario) TakeOver() {
	s.T.Helper()
	worker := StartChild(s.T, ChildSpec{Role: "worker", Dir: s.Dir, Temporal: s.O.TemporalAddress()})
	for _, c := range s.All {
		s.O.AwaitState(c.ID, stateAfter[c.Answer])
	}
	if err := worker.Stop(); err != nil {
		s.T.Errorf("the worker %v", err)
	}
}

// Begin requests an activation of one more customer.
func (s *CrashScenario) Begin() {
	n := len(s.All)
	email := fmt.Sprintf("person%d@crash.example", n)
	id := s.O.Activate(s.O.RequestFor(n, email))
	s.All = append(s.All, &CrashedActivation{ID: id, email: email})
}

// Answer sends the customer's decision as a Signal, as a system without the
// invitation's link does.
func (s *CrashScenario) Answer(c *CrashedActivation, answer string) {
	s.T.Helper()
	c.Answer = answer
	decision := collaboration.Decision{ID: "crash", Activation: c.ID, Generation: 1, By: "admin", Outcome: collaboration.Decline, Reason: collaboration.ReasonOther}
	if answer == AnswerApproved {
		decision = collaboration.Decision{ID: "crash", Activation: c.ID, Generation: 1, By: "admin", Outcome: collaboration.Approve, Offer: ApprovedOffer()}
	}
	decision.Activation = c.ID
	s.Signal(c, message.Decide(decision))
}

// End ends the agreement at once.
func (s *CrashScenario) End(c *CrashedActivation) {
	c.Answer = answerEnded
	// 202 is the response when the worker is killed before it answers.
	if r := s.O.Call(http.MethodPost, "/v1/activations/"+string(c.ID)+"/end", map[string]any{"when": "now"}, nil); r.StatusCode/100 != 2 {
		s.T.Fatalf("end: %s", r.Status)
	}
}

// Check checks that the audit has each action once, in order.
func (s *CrashScenario) Check(c *CrashedActivation) {
	s.T.Helper()
	want := "requested task_checked solution_activated administrator_created invitation_queued invitation_sent"
	switch c.Answer {
	case AnswerApproved:
		want += " approved agreement_started"
	case AnswerDeclined:
		want += " administrator_removed solution_deactivated closed"
	case answerEnded:
		want += " approved agreement_started collaboration_ended"
	}
	if got := Actions(s.O.Activation(c.ID)); got != want {
		s.T.Errorf("%s (%s)\n got %s\nwant %s", c.ID, c.Answer, got, want)
	}
}

// CheckMails checks that each invitation was sent once, or twice if a worker was
// killed between sending it and recording it. One killed worker may cause several
// repeats, because it also continues the executions of killed workers before it.
func (s *CrashScenario) CheckMails() {
	s.T.Helper()
	log, err := os.ReadFile(filepath.Join(s.Dir, "sent.log"))
	if err != nil {
		s.T.Fatal(err)
	}
	sent := map[string]int{}
	for to := range strings.FieldsSeq(string(log)) {
		sent[to]++
	}
	db, err := sql.Open("sqlite", filepath.Join(s.Dir, "countersign.db"))
	if err != nil {
		s.T.Fatal(err)
	}
	defer db.Close()
	for _, c := range s.All {
		var lost int // attempts with an unknown result
		if err := db.QueryRow("SELECT unknown FROM mail_deliveries WHERE activation_id = $1 AND kind = 'invitation'", c.ID).Scan(&lost); err != nil {
			s.T.Fatal(err)
		}
		if n := sent[c.email]; n != 1 && (n != 2 || lost == 0) {
			s.T.Errorf("%d mails to %s, of which %d have an unknown result", n, c.email, lost)
		}
	}
}

// Signal sends a Signal to the activation's workflow execution.
func (s *CrashScenario) Signal(c *CrashedActivation, command message.Command) {
	s.T.Helper()
	if err := s.O.Temporal().SignalWorkflow(s.T.Context(), c.ID.WorkflowID(), "", message.Signal, command); err != nil {
		s.T.Fatal(err)
	}
}
