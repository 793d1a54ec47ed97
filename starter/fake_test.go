package starter_test

import (
	"context"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"countersign/internal/temporalx"
)

// server is a client of a Temporal server that applies the rules for workflow IDs and has
// no workers.
type server struct {
	client.Client
	executions map[string]*execution // the latest of each workflow ID
	starts     int
	down       error // the error of every start, if set
}

type execution struct {
	options client.StartWorkflowOptions
	status  enums.WorkflowExecutionStatus
}

// close closes the latest execution of a workflow ID.
func (s *server) close(workflowID string, status enums.WorkflowExecutionStatus) {
	s.executions[workflowID].status = status
}

func (s *server) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
	if s.down != nil {
		return nil, s.down
	}
	var refused bool
	switch latest := s.executions[o.ID]; {
	case latest == nil:
	case latest.status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING:
		if o.WorkflowIDConflictPolicy == enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING {
			return nil, nil
		}
		refused = o.WorkflowIDConflictPolicy != enums.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING
	default:
		refused = o.WorkflowIDReusePolicy == enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
	}
	switch {
	case refused && o.WorkflowExecutionErrorWhenAlreadyStarted:
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("already started", "", "")
	case !refused:
		if s.executions == nil {
			s.executions = map[string]*execution{}
		}
		s.executions[o.ID] = &execution{o, enums.WORKFLOW_EXECUTION_STATUS_RUNNING}
		s.starts++
	}
	return nil, nil
}

func (s *server) DescribeWorkflowExecution(_ context.Context, workflowID, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	e := s.executions[workflowID]
	if e == nil {
		return nil, serviceerror.NewNotFound("no execution")
	}
	memo := map[string]*common.Payload{}
	for name, value := range e.options.Memo {
		memo[name] = payload(value)
	}
	attributes := map[string]*common.Payload{}
	if state, ok := e.options.TypedSearchAttributes.GetKeyword(temporalx.StateKey); ok {
		attributes[temporalx.StateKey.GetName()] = payload(state)
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflow.WorkflowExecutionInfo{
		Status: e.status, Memo: &common.Memo{Fields: memo}, SearchAttributes: &common.SearchAttributes{IndexedFields: attributes},
	}}, nil
}

func (s *server) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	return nil, serviceerror.NewUnavailable("no worker")
}

func payload(value any) *common.Payload {
	p, err := converter.GetDefaultDataConverter().ToPayload(value)
	if err != nil {
		panic(err)
	}
	return p
}
