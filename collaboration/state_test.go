package collaboration_test

import (
	"testing"

	"countersign/collaboration"
)

func TestTransitions(t *testing.T) {
	allowed := map[[2]collaboration.State]bool{}
	for _, from := range []collaboration.State{collaboration.Activating, collaboration.AwaitingApproval} {
		for _, to := range []collaboration.State{collaboration.Active, collaboration.Declined, collaboration.Expired, collaboration.Withdrawn, collaboration.Failed} {
			allowed[[2]collaboration.State{from, to}] = true
		}
	}
	allowed[[2]collaboration.State{collaboration.Activating, collaboration.AwaitingApproval}] = true
	allowed[[2]collaboration.State{collaboration.Active, collaboration.Ended}] = true
	for _, from := range collaboration.States() {
		for _, to := range collaboration.States() {
			if got := from.May(to); got != allowed[[2]collaboration.State{from, to}] {
				t.Errorf("%s to %s: %v", from, to, got)
			}
		}
	}
	live := 0
	for _, s := range collaboration.States() {
		if s.Live() {
			live++
		}
		if s.Pending() && !s.Live() {
			t.Errorf("%s is pending but not live", s)
		}
	}
	if live != 3 {
		t.Errorf("%d live states", live)
	}
}

func TestActivationIDs(t *testing.T) {
	a := collaboration.NewActivationID("office-1", "c-1", "s")
	b := collaboration.NewActivationID("office-1", "c-1", "s")
	c := collaboration.NewActivationID("office-1c", "-1", "s")
	if a == b || a.WorkflowID() != b.WorkflowID() || a.WorkflowID() == c.WorkflowID() {
		t.Errorf("%s, %s and %s", a, b, c)
	}
	if got, err := collaboration.ParseActivationID(string(a)); err != nil || got != a {
		t.Errorf("parsed %s: %v", got, err)
	}
	for _, bad := range []string{"", "x", "-", string(a)[1:], string(a) + "a", string(a)[:len(a)-1] + "A", string(a)[:len(a)-1] + "/"} {
		if _, err := collaboration.ParseActivationID(bad); collaboration.CodeOf(err) != collaboration.CodeActivationNotFound {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestDecisions(t *testing.T) {
	approve := collaboration.Decision{ID: "d", Outcome: collaboration.Approve, TermsVersion: "1", TermsHash: "h"}
	decline := collaboration.Decision{ID: "d", Outcome: collaboration.Decline, Reason: collaboration.ReasonOther}
	if approve.Check() != nil || decline.Check() != nil {
		t.Errorf("%v, %v", approve.Check(), decline.Check())
	}
	decline.Reason = "bored"
	approve.TermsHash = ""
	for _, d := range []collaboration.Decision{approve, decline, {}, {ID: "d", Outcome: "maybe"}} {
		if collaboration.CodeOf(d.Check()) != collaboration.CodeInvalidRequest {
			t.Errorf("%+v: %v", d, d.Check())
		}
	}
}
