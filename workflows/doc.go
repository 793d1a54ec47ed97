// Package workflows holds ActivationWorkflow, the one durable execution that
// carries an activation from the click on Activate to the end of the
// agreement.
//
//	activating ─▶ check task ─▶ activate solution ─▶ create administrator ─▶ send invitation
//	                                                                             │
//	awaiting_approval ◀──────────────────────────────────────────────────────────┘
//	     │  approve ─▶ active ─▶ … term after term (continue as new) … ─▶ ended
//	     └─ decline, expiry, withdrawal, cancellation, failure ─▶ undo, last first
//
// activation.go has the flow, provisioning.go and agreement.go its two halves,
// messages.go the doors through which people reach it, step.go how a step is
// run. Nothing here does I/O or reads a clock other than the workflow's.
package workflows
