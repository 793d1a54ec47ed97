package rehearsal_test

import (
	"encoding/json"
	"net/http"
	"strings"

	"countersign/collaboration"
	"countersign/internal/temporalx"
)

// The deletion of old data fails, because the database lacks a table.
func oldDataIsNotDeleted(r *runbookScenario) {
	const stuck, none = "countersign ops stuck retention", "No matching workflow executions."
	if err := r.Temporal().TerminateWorkflow(r.t.Context(), temporalx.RetentionWorkflowID, "", "rehearsal"); err != nil {
		r.t.Fatal(err)
	}
	r.database("ALTER TABLE address_changes RENAME TO away")
	withoutWorkers(r.site, func() {})
	r.see("`DeleteOldData failed`")
	r.awaits("DeleteOldData failed", stuck)
	r.database("ALTER TABLE away RENAME TO address_changes")
	r.wants("done ", "countersign ops retry retention --yes")
	r.awaits(none, stuck)
	r.see("`the deletion of old data did not start`")
	r.awaits(none, stuck)
}

// A manager erases a person, and then a customer.
func personIsErased(r *runbookScenario) {
	id, email := r.invite()
	customer := r.shown(id, email, true)
	r.see("`countersign erase --email EMAIL --yes`")
	const erase = "countersign erase --email EMAIL --yes"
	if code, output := r.try(erase, "EMAIL", email); code != 1 || !strings.Contains(output, "customer_active") {
		r.t.Errorf("a live activation: exit code %d: %s", code, output)
	}
	r.Call(http.MethodPost, "/v1/activations/"+string(id)+"/withdraw", struct{}{}, nil)
	r.AwaitState(id, collaboration.Withdrawn)
	r.do(erase, "EMAIL", email)
	r.shown(id, email, false)
	r.see("`countersign erase CUSTOMER --yes`")
	r.do("countersign erase CUSTOMER --yes", "CUSTOMER", customer)
}

// shown returns the customer of an activation. The API's answer has the address only if it
// is wanted.
func (r *runbookScenario) shown(id collaboration.ActivationID, email string, wanted bool) (customer string) {
	r.t.Helper()
	var raw json.RawMessage
	got := r.Call(http.MethodGet, "/v1/activations/"+string(id), nil, &raw)
	if got.StatusCode != http.StatusOK || strings.Contains(string(raw), email) != wanted {
		r.t.Errorf("%s: %s", got.Status, raw)
	}
	var a struct {
		CustomerID string `json:"customer_id"`
	}
	if err := json.Unmarshal(raw, &a); err != nil {
		r.t.Fatal(err)
	}
	return a.CustomerID
}
