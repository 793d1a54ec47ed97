package harness

import (
	"strings"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/collaboration/catalogue"
)

// Scenarios has a request for a customer of each scenario, the actions recorded
// up to the invitation, and those that compensate them. The customer on the platform has
// two administrators, and each receives the invitation.
var Scenarios = []struct {
	Scenario     collaboration.Scenario
	Request      collaboration.Request
	Events       []string
	Compensation []string
}{
	{collaboration.HasSolution,
		collaboration.Request{CustomerID: "c-1001", SolutionID: "financial-overview", TaskID: "t-1001-1", InvoiceRecipient: collaboration.PaidByOffice, AgreementMonths: 3},
		[]string{"requested", "task_checked", "invitation_queued", "invitation_sent"}, nil},
	{collaboration.OnPlatform,
		collaboration.Request{CustomerID: "c-1003", SolutionID: "financial-overview", TaskID: "t-1003-1", InvoiceRecipient: collaboration.PaidByCustomer},
		[]string{"requested", "task_checked", "solution_activated", "invitation_queued", "invitation_sent", "invitation_queued", "invitation_sent"}, []string{"solution_deactivated"}},
	{collaboration.NewCustomer,
		collaboration.Request{CustomerID: "c-1009", SolutionID: "financial-overview", TaskID: "t-1009-1", InvoiceRecipient: collaboration.PaidByCustomer,
			Contact: &collaboration.Contact{Name: "Elin Höglund", Email: "elin@hoglund.example", Phone: "070-123 45 67"}, Locale: collaboration.English},
		[]string{"requested", "task_checked", "solution_activated", "administrator_created", "invitation_queued", "invitation_sent"}, []string{"administrator_removed", "solution_deactivated"}},
}

// AwaitActions waits until as many actions are recorded. An activation awaits approval once
// its first invitation is sent, and records the others after that.
func (o *Office) AwaitActions(id collaboration.ActivationID, actions []string) rest.ActivationView {
	o.T.Helper()
	return o.AwaitActivation(id, strings.Join(actions, " "), func(a rest.ActivationView) bool {
		return len(strings.Fields(Actions(a))) >= len(actions)
	})
}

// ApprovedOffer returns the offer in an approval that is sent to Temporal. It has the current
// terms, so that the product does not propose others for the next term.
func ApprovedOffer() *collaboration.Offer {
	solution, _ := catalogue.Embedded.Solution("financial-overview")
	return &collaboration.Offer{TermsVersion: solution.Terms.Version, TermsHash: "hash", Locale: collaboration.Swedish}
}
