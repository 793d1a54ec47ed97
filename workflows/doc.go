// Package workflows has ActivationWorkflow, which runs an activation from the request to the
// end of the agreement, and the workflows of notifications, webhooks, batches and the
// retention. docs/workflow.md has the state diagram,
// the costs, and how to change the code while executions run.
//
//	activation.go    the state of an execution, and run, which chooses the phase
//	commands.go      Updates and Signals
//	state_machine.go the effect of commands and outcomes on the state
//	wait.go          waiting, which handles commands first
//	provisioning.go  phase: check the task, activate, create the administrator
//	invitation.go    phases: send the invitation, await the decision, remind
//	agreement.go     phases: start the agreement, run a term, renew
//	closing.go       phases: compensate and close, or end
//	pending.go       storing the effects of accepted commands
//	steps.go         local and normal activities
//	notification.go  mails, and the retries of those that failed
//	visibility.go    search attributes, and the status for operators
//
// Workflow code does no I/O and reads only the workflow's clock.
package workflows
