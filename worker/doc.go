// Package worker runs the workflows and their activities against an engine:
// one worker for the flow and its steps, one for the mail queue, which the
// engine holds to the provider's rate across all workers.
package worker
