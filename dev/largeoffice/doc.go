// Package largeoffice makes an accounting office with 800 customers and a year of
// collaborations in every state that lasts, so that the development stack has lists worth
// looking at. All names are invented, and the same in every stack.
//
//	office.go     the office, its employees and customers
//	names.go      names, addresses and organisation numbers
//	plan.go       which customer lives through what
//	life.go       the steps of one activation, up to the invitation
//	agreement.go  the steps from the decision on
//	execution.go  the workflow execution of a live activation
//	load.go       everything above in order
//
// A life calls the steps of internal/store with past times, as the activities of a
// worker would have done. A live activation then gets a workflow execution with the state
// that the database has, as if an earlier execution had continued as new.
package largeoffice
