package collaboration_test

import (
	"testing"

	"countersign/collaboration"
)

func TestActivationID_Parse(t *testing.T) {
	t.Parallel()
	a := collaboration.NewActivationID("office-1", "c-1", "s")
	b := collaboration.NewActivationID("office-1", "c-1", "s")
	c := collaboration.NewActivationID("office-1c", "-1", "s")
	if a == b || a.WorkflowID() != b.WorkflowID() || a.WorkflowID() == c.WorkflowID() {
		t.Errorf("%s, %s and %s", a, b, c)
	}
	if got, err := collaboration.ParseActivationID(string(a)); err != nil || got != a {
		t.Errorf("parsed %s: %v", got, err)
	}
	for _, invalid := range []string{"", "x", "-", string(a)[1:], string(a) + "a", string(a)[:len(a)-1] + "A", string(a)[:len(a)-1] + "/"} {
		if _, err := collaboration.ParseActivationID(invalid); collaboration.CodeOf(err) != collaboration.CodeActivationNotFound {
			t.Errorf("%q: %v", invalid, err)
		}
	}
}
