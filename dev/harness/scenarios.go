package harness

import "countersign/collaboration"

// Scenarios has a request for a customer of each scenario, the actions recorded
// up to the invitation, and those that compensate them.
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
		[]string{"requested", "task_checked", "solution_activated", "invitation_queued", "invitation_sent"}, []string{"solution_deactivated"}},
	{collaboration.NewCustomer,
		collaboration.Request{CustomerID: "c-1009", SolutionID: "financial-overview", TaskID: "t-1009-1", InvoiceRecipient: collaboration.PaidByCustomer,
			Contact: &collaboration.Contact{Name: "Elin Höglund", Email: "elin@hoglund.example", Phone: "070-123 45 67"}, Locale: collaboration.English},
		[]string{"requested", "task_checked", "solution_activated", "administrator_created", "invitation_queued", "invitation_sent"}, []string{"administrator_removed", "solution_deactivated"}},
}
