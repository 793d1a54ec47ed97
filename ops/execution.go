package ops

import (
	"time"

	"countersign/collaboration"
)

// Execution is a workflow execution as Temporal describes it, without its worker. It has
// no personal data.
type Execution struct {
	ID         string                     `json:"workflow_id"`
	RunID      string                     `json:"run_id"`
	Type       string                     `json:"type"`
	Activation collaboration.ActivationID `json:"activation,omitempty"`
	Office     string                     `json:"office,omitempty"`
	State      collaboration.State        `json:"state,omitempty"`
	Phase      collaboration.Phase        `json:"-"`
	Status     Status                     `json:"status"`
	StartedAt  time.Time                  `json:"started_at"`
	// Events is the length of the history.
	Events int `json:"-"`
	// AgreementEnds is zero before the agreement.
	AgreementEnds time.Time `json:"-"`
	// CancelRequested is true from the request until the execution closes.
	CancelRequested bool `json:"-"`
	// Task is the pending workflow task; nil if there is none.
	Task       *Task      `json:"-"`
	Activities []Activity `json:"-"`
}

// Status is the status of a workflow execution.
type Status string

// The statuses that jobs select. Executions with any other status have completed.
const (
	Running    Status = "Running"
	Terminated Status = "Terminated"
	TimedOut   Status = "TimedOut"
)

// Task is a pending workflow task.
type Task struct {
	Attempt int
	Since   time.Time
	// Failure is why the latest attempt failed; "" if it did not.
	Failure string
	Started bool
}

// Activity is a pending activity.
type Activity struct {
	ID, Type string
	Attempt  int
	Since    time.Time
	// Failure is the code of the latest failure. Its text may contain personal data.
	Failure string
	Paused  bool
	// Due is true while the activity waits for a worker, and false during a retry's backoff.
	Due bool
}

// name returns the activation's ID, or the workflow's if the activation is unknown.
func (x Execution) name() string {
	if x.Activation != "" {
		return string(x.Activation)
	}
	return x.ID
}

// hasFailingTask reports whether the workflow task failed at least once.
func (x Execution) hasFailingTask() bool {
	return x.Status == Running && x.Task != nil && x.Task.Attempt > 1
}
