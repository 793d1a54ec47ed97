package ops_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/failure/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"

	"countersign/collaboration"
	"countersign/internal/temporalx"
	"countersign/ops"
)

// temporal is a client of a server with one execution.
type temporal struct {
	client.Client
	history    []enums.EventType // the first event has the ID 1
	activities []*workflow.PendingActivityInfo
	resets     []*workflowservice.ResetWorkflowExecutionRequest
}

// pageSize is so small that a history has several pages.
const pageSize = 2

func (s *temporal) events() []*history.HistoryEvent {
	var events []*history.HistoryEvent
	for n, eventType := range s.history {
		events = append(events, &history.HistoryEvent{EventId: int64(n + 1), EventType: eventType})
	}
	return events
}

func (s *temporal) WorkflowService() workflowservice.WorkflowServiceClient {
	return service{events: s.events()}
}

// service is the gRPC client below the SDK's.
type service struct {
	workflowservice.WorkflowServiceClient
	events []*history.HistoryEvent
}

// ResetActivity finds no activity: it completed after it was listed.
func (s service) ResetActivity(context.Context, *workflowservice.ResetActivityRequest, ...grpc.CallOption) (*workflowservice.ResetActivityResponse, error) {
	return nil, serviceerror.NewNotFound("no pending activity")
}

func (s service) GetWorkflowExecutionHistoryReverse(_ context.Context, r *workflowservice.GetWorkflowExecutionHistoryReverseRequest, _ ...grpc.CallOption) (*workflowservice.GetWorkflowExecutionHistoryReverseResponse, error) {
	slices.Reverse(s.events)
	events := s.events[len(r.NextPageToken)*pageSize:]
	page := &workflowservice.GetWorkflowExecutionHistoryReverseResponse{History: &history.History{Events: events}}
	if len(events) > pageSize {
		page.History.Events, page.NextPageToken = events[:pageSize], append(r.NextPageToken, 0)
	}
	return page, nil
}

// iterator iterates over the events of a history in order.
type iterator []*history.HistoryEvent

func (i *iterator) HasNext() bool { return len(*i) > 0 }
func (i *iterator) Next() (*history.HistoryEvent, error) {
	next := (*i)[0]
	*i = (*i)[1:]
	return next, nil
}

func (s *temporal) GetWorkflowHistory(context.Context, string, string, bool, enums.HistoryEventFilterType) client.HistoryEventIterator {
	events := iterator(s.events())
	return &events
}

func (s *temporal) ResetWorkflowExecution(_ context.Context, r *workflowservice.ResetWorkflowExecutionRequest) (*workflowservice.ResetWorkflowExecutionResponse, error) {
	s.resets = append(s.resets, r)
	return nil, nil
}

func (s *temporal) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{
		WorkflowExecutionInfo: &workflow.WorkflowExecutionInfo{
			Execution: &common.WorkflowExecution{RunId: "run"}, Type: &common.WorkflowType{Name: temporalx.ActivationWorkflowType},
		},
		PendingActivities: s.activities,
	}, nil
}

const (
	signaled  = enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
	scheduled = enums.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED
	started   = enums.EVENT_TYPE_WORKFLOW_TASK_STARTED
	completed = enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
	failed    = enums.EVENT_TYPE_WORKFLOW_TASK_FAILED
	timedOut  = enums.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT
)

// A reset to a later event would keep what broken code did, and a reset to an earlier one
// would repeat steps that succeeded.
func TestReset_GoesToLastCompletedWorkflowTask(t *testing.T) {
	t.Parallel()
	begun := enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED
	for name, tt := range map[string]struct {
		history       []enums.EventType
		last, toStart int64 // 0: the execution cannot be reset
	}{
		"task fails":            {[]enums.EventType{begun, scheduled, started, completed, signaled, scheduled, started, completed, signaled, scheduled, started, failed}, 8, 4},
		"task times out":        {[]enums.EventType{begun, scheduled, started, completed, signaled, scheduled, started, timedOut, scheduled}, 4, 4},
		"terminated":            {[]enums.EventType{begun, scheduled, started, completed, enums.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED}, 4, 4},
		"no task was completed": {[]enums.EventType{begun, scheduled, started, failed}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantReset(t, tt.history, (*ops.Temporal).Reset, tt.last)
			wantReset(t, tt.history, (*ops.Temporal).ResetToStart, tt.toStart)
		})
	}
}

// wantReset resets an execution twice. The second must be a repeat of the first.
func wantReset(t *testing.T, history []enums.EventType, reset func(*ops.Temporal, context.Context, ops.Execution) error, want int64) {
	t.Helper()
	s := &temporal{history: history}
	for range 2 {
		if err := reset(ops.NewTemporal(s, ""), t.Context(), ops.Execution{ID: "workflow", RunID: "run"}); (err == nil) != (want > 0) {
			t.Fatal(err)
		}
	}
	if want == 0 {
		if len(s.resets) > 0 {
			t.Errorf("reset without a completed workflow task: %v", s.resets)
		}
		return
	}
	first, repeat := s.resets[0], s.resets[1]
	if first.WorkflowTaskFinishEventId != want || first.WorkflowExecution.RunId != "run" {
		t.Errorf("reset to %v, want the event %d", first, want)
	}
	if first.RequestId == "" || first.RequestId != repeat.RequestId {
		t.Errorf("the request IDs of a reset and its repeat are %q and %q", first.RequestId, repeat.RequestId)
	}
}

func TestLook_GivesCodeOfActivityFailure(t *testing.T) {
	t.Parallel()
	application := func(failureType string) *failure.Failure {
		return &failure.Failure{Message: "no mail to anna@client.example", FailureInfo: &failure.Failure_ApplicationFailureInfo{
			ApplicationFailureInfo: &failure.ApplicationFailureInfo{Type: failureType},
		}}
	}
	for name, tt := range map[string]struct {
		failure *failure.Failure
		want    collaboration.Code
	}{
		"none":                  {nil, ""},
		"of the catalogue":      {application("mail_unavailable"), collaboration.CodeMailUnavailable},
		"outside the catalogue": {application("PanicError"), collaboration.CodeInternal},
		"timeout of an attempt": {&failure.Failure{FailureInfo: &failure.Failure_TimeoutFailureInfo{TimeoutFailureInfo: &failure.TimeoutFailureInfo{TimeoutType: enums.TIMEOUT_TYPE_START_TO_CLOSE}}}, collaboration.CodeUnavailable},
		"of Temporal":           {&failure.Failure{FailureInfo: &failure.Failure_ServerFailureInfo{ServerFailureInfo: &failure.ServerFailureInfo{}}}, collaboration.CodeInternal},
	} {
		s := &temporal{activities: []*workflow.PendingActivityInfo{{LastFailure: tt.failure}}}
		run, err := ops.NewTemporal(s, "").Describe(t.Context(), "workflow")
		if err != nil || len(run.Activities) != 1 {
			t.Fatalf("%s: %+v, %v", name, run, err)
		}
		if got := run.Activities[0].Failure; got != string(tt.want) || strings.Contains(got, "anna") {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// chain is a Temporal that keeps several executions of an activation: continued[run] is
// the execution that run continued from.
type chain struct {
	temporal
	continued map[string]string
	deleted   string
}

func (c *chain) GetWorkflowHistory(_ context.Context, _, run string, _ bool, _ enums.HistoryEventFilterType) client.HistoryEventIterator {
	if run == c.deleted {
		return missing{}
	}
	begun := &history.WorkflowExecutionStartedEventAttributes{ContinuedExecutionRunId: c.continued[run]}
	events := iterator{
		{EventId: 1, EventType: enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, Attributes: &history.HistoryEvent_WorkflowExecutionStartedEventAttributes{WorkflowExecutionStartedEventAttributes: begun}},
		{EventId: 4, EventType: completed},
	}
	return &events
}

// missing is the history of an execution that Temporal has deleted.
type missing struct{}

func (missing) HasNext() bool { return true }
func (missing) Next() (*history.HistoryEvent, error) {
	return nil, serviceerror.NewNotFound("workflow execution not found")
}

// A reset to the start begins with the first execution, which has provisioned and
// invited. After the retention it is gone, and the reset begins with the next.
func TestResetToStart_GoesToFirstExecutionKept(t *testing.T) {
	t.Parallel()
	for deleted, want := range map[string]string{"none": "first", "first": "second"} {
		c := &chain{continued: map[string]string{"third": "second", "second": "first"}, deleted: deleted}
		if err := ops.NewTemporal(c, "").ResetToStart(t.Context(), ops.Execution{ID: "workflow", RunID: "third"}); err != nil {
			t.Fatal(err)
		}
		if len(c.resets) != 1 || c.resets[0].WorkflowExecution.RunId != want || c.resets[0].WorkflowTaskFinishEventId != 4 {
			t.Errorf("deleted %s: reset %v, want %s", deleted, c.resets, want)
		}
	}
}

func TestRetry_OfCompletedActivity(t *testing.T) {
	if err := ops.NewTemporal(&temporal{}, "").Retry(t.Context(), ops.Execution{ID: "a"}, "1"); err != nil {
		t.Errorf("got %v", err)
	}
}
