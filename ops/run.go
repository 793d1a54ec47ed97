package ops

import (
	"time"

	"countersign/collaboration"
)

// Run is one execution, as the engine knows it without its worker. It names
// nobody.
type Run struct {
	ID         string                     `json:"workflow_id"`
	RunID      string                     `json:"run_id"`
	Type       string                     `json:"type"`
	Activation collaboration.ActivationID `json:"activation,omitempty"`
	Office     string                     `json:"office,omitempty"`
	State      collaboration.State        `json:"state,omitempty"`
	Status     Status                     `json:"status"`
	StartedAt  time.Time                  `json:"started_at"`
	// AgreementEnds is zero before the agreement.
	AgreementEnds time.Time `json:"-"`
	// CancelAsked is whether somebody cancelled it, and it is not over yet.
	CancelAsked bool `json:"-"`
	// Task is the workflow task that waits for a worker; nil where the run does.
	Task       *Task      `json:"-"`
	Activities []Activity `json:"-"`
}

// Status is whether a run runs, and how it closed.
type Status string

// The statuses that jobs tell apart; the others are closed for good.
const (
	Running    Status = "Running"
	Terminated Status = "Terminated"
	TimedOut   Status = "TimedOut"
)

// Task is a pending workflow task.
type Task struct {
	Attempt int
	Since   time.Time
	// Failure is why the latest attempt failed; "" for none.
	Failure string
	Taken   bool
}

// Activity is a pending activity.
type Activity struct {
	ID, Type string
	Attempt  int
	Since    time.Time
	// Failure is the code of the latest failure: its text may name people.
	Failure string
	Paused  bool
	// Due is whether it waits for a worker, and not for its next attempt.
	Due bool
}

// name is what a person calls the run.
func (r Run) name() string {
	if r.Activation != "" {
		return string(r.Activation)
	}
	return r.ID
}

// fails reports whether its code cannot go on.
func (r Run) fails() bool { return r.Status == Running && r.Task != nil && r.Task.Attempt > 1 }
