package temporalx_test

import (
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/internal/temporalx"
)

func TestCheckMemo_RejectsMemoOfAnotherWorkflow(t *testing.T) {
	t.Parallel()
	id := collaboration.NewActivationID("office-1", "c-1001", "scanner")
	other := collaboration.NewActivationID("office-1", "c-1002", "scanner")
	for activation, isValid := range map[collaboration.ActivationID]bool{id: true, "": true, other: false} {
		err := temporalx.CheckMemo(activation, id.WorkflowID())
		if (err == nil) != isValid || err != nil && !(strings.Contains(err.Error(), id.WorkflowID()) && strings.Contains(err.Error(), other.WorkflowID())) {
			t.Errorf("the memo %q: %v", activation, err)
		}
	}
}
