// Package collaboration is the domain and the wire contract of Countersign:
// the words of the field (office, customer, task, solution, invitation,
// agreement), the rules that bind them, and the messages that the workflow,
// the activities, the API and the stores exchange.
//
// It imports nothing but the standard library and does no I/O, so that a
// workflow may call any of it deterministically.
package collaboration
