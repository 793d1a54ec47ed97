package problem_test

import (
	"net/http"
	"testing"

	"countersign/api/problem"
	"countersign/collaboration"
)

// Only CodeInternal may answer 500: any other code without a status is missing in the table.
func TestStatus_CoversEveryCode(t *testing.T) {
	t.Parallel()
	for _, c := range collaboration.Codes() {
		if got := problem.Status(c); got == http.StatusInternalServerError && c != collaboration.CodeInternal {
			t.Errorf("%s has no status", c)
		}
	}
	if got := problem.Status("unknown"); got != http.StatusInternalServerError {
		t.Errorf("an unknown code answers %d", got)
	}
}
