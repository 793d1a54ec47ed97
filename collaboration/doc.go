// Package collaboration is the domain of Countersign: offices, customers, tasks, solutions,
// activations, invitations and agreements, and the rules for them.
//
//	lifecycle.go          the states, and the commands that each state allows
//	request.go            a request to activate, its checks, and the order it becomes
//	change.go             the changes of an activation, and their checks
//	decision.go           the customer's decision
//	agreement.go          terms, renewals and ends
//	rules.go              lifetimes, reminders, the notice period and the forecast of them
//	catalogue.go          the solutions, which are data
//	audit.go              the hash chain of the audit, and its verification
//	errors.go             the error codes
//	activation.go         the read model of an activation, and its ID
//	lists.go              the overview, and the filters of lists
//	notification.go       notifications and mails; delivery_status.go
//	people.go             offices, employees, customers, tasks and administrators
//	customer_row.go       the rows of an uploaded file; batch.go
//
// It imports only the standard library and does no I/O, so workflow code may call it. A
// rule that workflow code calls during replay says so in its comment.
package collaboration
