package collaboration_test

import (
	"testing"

	"countersign/collaboration"
)

func TestDecision_Check(t *testing.T) {
	t.Parallel()
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
