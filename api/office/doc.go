// Package office serves the pages of an office's employees.
//
//	office.go          the routes
//	overview.go        statistics, and what needs attention
//	customers.go       the customer list; customer.go one customer
//	activate*.go       the form that activates a solution, and its confirmation
//	activation*.go     one activation; live.go its event stream; progress.go its steps
//	action*.go         the changes of an activation, one form each
//	requests.go        the list of sent requests
//	collaborations.go  the list of collaborations
package office
