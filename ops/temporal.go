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
	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
	"countersign/internal/temporalx"
	"countersign/starter"
)

// Temporal implements Client and Deployments for one namespace.
type Temporal struct {
	client      client.Client
	namespace   string
	activations *starter.Starter
}

// NewTemporal uses a client of the namespace; "" is Temporal's default.
func NewTemporal(c client.Client, namespace string) *Temporal {
	if namespace == "" {
		namespace = client.DefaultNamespace
	}
	return &Temporal{c, namespace, starter.New(c, starter.DefaultUpdateTimeout)}
}

// callTimeout bounds one call to Temporal.
const callTimeout = 15 * time.Second

// Find pages through the visibility store, which is eventually consistent.
func (t *Temporal) Find(ctx context.Context, query string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		request := &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: 200}
		for {
			page, err := t.client.ListWorkflow(ctx, request)
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

// Describe returns the latest execution of the workflow. Jobs never act on earlier ones.
func (t *Temporal) Describe(ctx context.Context, workflowID string) (x Execution, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	d, err := t.client.DescribeWorkflowExecution(ctx, workflowID, "")
	if err != nil {
		return x, err
	}
	info := d.WorkflowExecutionInfo
	x = Execution{
		ID: workflowID, RunID: info.Execution.RunId, Type: info.Type.Name, Status: Status(info.Status.String()),
		StartedAt: info.StartTime.AsTime(), Events: int(info.HistoryLength), CancelRequested: d.WorkflowExtendedInfo.GetCancelRequested(),
	}
	attributes := info.SearchAttributes.GetIndexedFields()
	err = errors.Join(
		decode(info.Memo.GetFields()[temporalx.ActivationMemo], &x.Activation),
		decode(attributes[temporalx.OfficeKey.GetName()], &x.Office),
		decode(attributes[temporalx.StateKey.GetName()], &x.State),
		decode(attributes[temporalx.PhaseKey.GetName()], &x.Phase),
		decode(attributes[temporalx.AgreementEndKey.GetName()], &x.AgreementEnds),
	)
	err = errors.Join(err, temporalx.CheckMemo(x.Activation, workflowID))
	if p := d.PendingWorkflowTask; p != nil {
		x.Task = &Task{Attempt: int(p.Attempt), Since: p.OriginalScheduledTime.AsTime(), Started: p.State == enums.PENDING_WORKFLOW_TASK_STATE_STARTED}
	}
	for _, a := range d.PendingActivities {
		x.Activities = append(x.Activities, newActivity(a))
	}
	if x.hasFailingTask() {
		var taskErr error
		x.Task.Failure, taskErr = t.taskFailure(ctx, x)
		err = errors.Join(err, taskErr)
	}
	return x, err
}

// errEncrypted is returned when the activation's ID can be read only with the keys.
var errEncrypted = errors.New("the activation's ID is encrypted: pass the activation's ID, or set COUNTERSIGN_DATABASE_URL and COUNTERSIGN_ENCRYPTION_KEYS")

// decode decodes a payload. It leaves out unchanged if the payload is absent or encrypted.
func decode(p *common.Payload, out any) error {
	err := converter.GetDefaultDataConverter().FromPayload(p, out)
	if errors.Is(err, converter.ErrEncodingIsNotSupported) { // encrypted
		return nil
	}
	return err
}

func newActivity(a *workflow.PendingActivityInfo) Activity {
	return Activity{
		ID: a.ActivityId, Type: a.ActivityType.GetName(), Attempt: int(a.Attempt), Since: a.ScheduledTime.AsTime(),
		Failure: codeOf(a.LastFailure), Paused: a.Paused,
		Due: a.State == enums.PENDING_ACTIVITY_STATE_SCHEDULED && a.NextAttemptScheduleTime == nil,
	}
}

// codeOf returns the catalogue's code of a failure, and not its text: that may contain
// personal data.
func codeOf(f *failure.Failure) string {
	return string(temporalx.CodeOf(temporal.GetDefaultFailureConverter().FailureToError(f)))
}

// taskFailure returns the cause of the latest failure of the workflow task.
func (t *Temporal) taskFailure(ctx context.Context, x Execution) (why string, err error) {
	err = t.eventsBackwards(ctx, x, func(e *event) bool {
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

// Expires queries the workflow, which needs a worker.
func (t *Temporal) Expires(ctx context.Context, id collaboration.ActivationID) (time.Time, error) {
	if id == "" {
		return time.Time{}, errEncrypted
	}
	status, err := t.activations.Status(ctx, id)
	if err == nil && status.ExpiresAt.IsZero() {
		err = errors.New("no worker answered the query")
	}
	return status.ExpiresAt, err
}
