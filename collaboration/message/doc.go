// Package message is the contract between the callers of an activation, its
// workflow and its activities.
//
//	Command  sent by callers, as a Temporal Update or as a Signal
//	Status   the result of an Update and of the query
//	State    the state of the workflow, and its input at each continue-as-new
//	…Input   the inputs of the activities
//
// The types are stored in workflow histories. A field can be added; a field that
// is renamed or removed breaks running executions.
package message
