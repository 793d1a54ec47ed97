package e2e_test

import (
	"fmt"
	"net/http"
	"testing"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/largeoffice"
	"countersign/dev/login"
	"countersign/dev/stack"
)

// The live activations of the large office have workflow executions, which accept
// commands and send mail. None sends a mail at its start.
func TestLargeOffice_AcceptsCommands(t *testing.T) {
	t.Parallel()
	o := harness.StartStack(t, func(_ *testing.T, options *stack.Options) { options.LargeOffice = true })
	token, err := login.AccessToken(t.Context(), o.At.Login, largeoffice.ManagerEmail)
	harness.NoError(t, err)
	o = o.As(t, token)
	list := func(state collaboration.State) (found []rest.ActivationView) {
		t.Helper()
		var page struct{ Items []rest.ActivationView }
		if r := o.Call(http.MethodGet, fmt.Sprintf("/v1/activations?limit=200&state=%s", state), nil, &page); r.StatusCode != http.StatusOK {
			t.Fatal(r.Status)
		}
		return page.Items
	}
	// While the worker is busy with the first task of every execution, the API accepts a
	// command before its outcome is known.
	post := func(id collaboration.ActivationID, command string, body any) {
		t.Helper()
		r := o.Call(http.MethodPost, "/v1/activations/"+string(id)+"/"+command, body, nil)
		if r.StatusCode != http.StatusOK && r.StatusCode != http.StatusAccepted {
			t.Fatalf("%s: %s", command, r.Status)
		}
	}
	active, awaiting := list(collaboration.Active), list(collaboration.AwaitingApproval)
	if len(active) < 50 || len(awaiting) < 20 {
		t.Fatalf("%d are active, %d await an answer", len(active), len(awaiting))
	}
	for _, a := range active { // the newest that renews
		if a.Agreement.Renews && a.Agreement.EndOn.IsZero() {
			post(a.ID, "end", map[string]any{"when": "end_of_term"})
			o.AwaitActivation(a.ID, "under notice", func(a rest.ActivationView) bool { return !a.Agreement.Renews })
			post(a.ID, "revoke-notice", nil)
			o.AwaitActivation(a.ID, "without notice", func(a rest.ActivationView) bool { return a.Agreement.Renews })
			post(a.ID, "end", map[string]any{"when": "now"})
			o.AwaitState(a.ID, collaboration.Ended)
			break
		}
	}
	a := awaiting[0]
	if mails := o.Mails(a.Invitation.Email); len(mails) != 0 {
		t.Errorf("mails at the start: %+v", mails)
	}
	post(a.ID, "resend", nil)
	resent := o.AwaitActivation(a.ID, "resent", func(now rest.ActivationView) bool {
		return now.Invitation.Generation == a.Invitation.Generation+1 && len(o.Mails(a.Invitation.Email)) == 1
	})
	o.Customer(resent.Invitation.Email).Approve(o.Mails(a.Invitation.Email)[0].Links[0])
	o.AwaitState(a.ID, collaboration.Active)
	post(awaiting[1].ID, "withdraw", nil)
	o.AwaitState(awaiting[1].ID, collaboration.Withdrawn)
}
