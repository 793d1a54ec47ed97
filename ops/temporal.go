package ops

import (
	"context"
	"errors"
	"iter"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/failure/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"countersign/collaboration"
	"countersign/starter"
)

// Temporal is the engine that runs the activations.
type Temporal struct {
	engine      client.Client
	namespace   string
	activations *starter.Starter
}

// NewTemporal works in the client's namespace.
func NewTemporal(engine client.Client, namespace string) *Temporal {
	if namespace == "" {
		namespace = client.DefaultNamespace
	}
	return &Temporal{engine, namespace, starter.New(engine, starter.DefaultAnswerWithin)}
}

// answerWithin bounds one call to the engine.
const answerWithin = 15 * time.Second

// Find pages through what visibility knows, which lags a moment behind.
func (t *Temporal) Find(ctx context.Context, query string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		request := &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: 200}
		for {
			page, err := t.engine.ListWorkflow(ctx, request)
			if err != nil {
				yield("", err)
				return
			}
			for _, e := range page.Executions {
				if !yield(e.Execution.WorkflowId, nil) {
					return
				}
			}
			if request.NextPageToken = page.NextPageToken; len(request.NextPageToken) == 0 {
				return
			}
		}
	}
}

// Look describes the latest run, whichever was found: an older one of the same
// id is nobody's to act on.
func (t *Temporal) Look(ctx context.Context, workflowID string) (r Run, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	d, err := t.engine.DescribeWorkflowExecution(ctx, workflowID, "")
	if err != nil {
		return r, err
	}
	info := d.WorkflowExecutionInfo
	r = Run{
		ID: workflowID, RunID: info.Execution.RunId, Type: info.Type.Name, Status: Status(info.Status.String()),
		StartedAt: info.StartTime.AsTime(), CancelAsked: d.WorkflowExtendedInfo.GetCancelRequested(),
	}
	attributes := info.SearchAttributes.GetIndexedFields()
	err = errors.Join(
		read(info.Memo.GetFields()[collaboration.ActivationMemo], &r.Activation),
		read(attributes[collaboration.SearchOffice], &r.Office),
		read(attributes[collaboration.SearchState], &r.State),
		read(attributes[collaboration.SearchAgreementEnd], &r.AgreementEnds),
	)
	if p := d.PendingWorkflowTask; p != nil {
		r.Task = &Task{Attempt: int(p.Attempt), Since: p.OriginalScheduledTime.AsTime(), Taken: p.State == enums.PENDING_WORKFLOW_TASK_STATE_STARTED}
	}
	for _, a := range d.PendingActivities {
		r.Activities = append(r.Activities, activity(a))
	}
	if r.fails() {
		var taskErr error
		r.Task.Failure, taskErr = t.taskFailure(ctx, r)
		err = errors.Join(err, taskErr)
	}
	return r, err
}

// errEncrypted is about what stays out of reach without the keys.
var errEncrypted = errors.New("which activation it carries is encrypted: name it by its activation's id, or set COUNTERSIGN_DATABASE_URL and COUNTERSIGN_ENCRYPTION_KEYS")

// read leaves out what is not there, or cannot be read.
func read(p *common.Payload, out any) error {
	err := converter.GetDefaultDataConverter().FromPayload(p, out)
	if errors.Is(err, converter.ErrEncodingIsNotSupported) { // encrypted
		return nil
	}
	return err
}

func activity(a *workflow.PendingActivityInfo) Activity {
	return Activity{
		ID: a.ActivityId, Type: a.ActivityType.GetName(), Attempt: int(a.Attempt), Since: a.ScheduledTime.AsTime(),
		Failure: code(a.LastFailure), Paused: a.Paused,
		Due: a.State == enums.PENDING_ACTIVITY_STATE_SCHEDULED && a.NextAttemptScheduleTime == nil,
	}
}

// code is what kind of failure it was; its text is left where it is.
func code(f *failure.Failure) string {
	switch {
	case f == nil:
		return ""
	case f.GetApplicationFailureInfo() != nil:
		return f.GetApplicationFailureInfo().Type
	case f.GetTimeoutFailureInfo() != nil:
		return "timed out (" + f.GetTimeoutFailureInfo().TimeoutType.String() + ")"
	default:
		return "failed"
	}
}

// taskFailure is why the run's workflow task failed first.
func (t *Temporal) taskFailure(ctx context.Context, r Run) (why string, err error) {
	err = t.backwards(ctx, r, func(e *event) bool {
		switch e.EventType {
		case enums.EVENT_TYPE_WORKFLOW_TASK_FAILED:
			why = e.GetWorkflowTaskFailedEventAttributes().Cause.String()
		case enums.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
			why = "timed out"
		}
		return why == ""
	})
	return why, err
}

// Expires asks the run itself, which needs a worker.
func (t *Temporal) Expires(ctx context.Context, id collaboration.ActivationID) (time.Time, error) {
	if id == "" {
		return time.Time{}, errEncrypted
	}
	standing, err := t.activations.Standing(ctx, id)
	if err == nil && standing.ExpiresAt.IsZero() {
		err = errors.New("no worker answers")
	}
	return standing.ExpiresAt, err
}
