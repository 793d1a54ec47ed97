package starter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
)

// Starter talks to the engine. It is safe for concurrent use.
type Starter struct {
	engine    client.Client
	converter converter.DataConverter
	// answerWithin is how long a message waits for its answer before it is
	// left as a signal.
	answerWithin time.Duration
}

// DefaultAnswerWithin is how long a message waits for its answer.
const DefaultAnswerWithin = 3 * time.Second

// New makes a Starter. answerWithin bounds how long a message waits for its
// answer before it is left as a signal.
func New(engine client.Client, answerWithin time.Duration) *Starter {
	return &Starter{engine: engine, converter: converter.GetDefaultDataConverter(), answerWithin: answerWithin}
}

// Start begins an activation. Where another one is live for the same office,
// customer and solution, the error is CodeActivationExists and names it; that
// may be the same activation, started by an earlier attempt.
func (s *Starter) Start(ctx context.Context, order collaboration.Order) error {
	_, err := s.engine.ExecuteWorkflow(ctx, options(order), collaboration.WorkflowType, collaboration.Run{Order: order})
	if err == nil {
		return nil
	}
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		first, describeErr := s.describe(ctx, order.Activation.WorkflowID())
		if describeErr != nil {
			return describeErr
		}
		return &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: first.Activation}
	}
	return engineError(err)
}

func options(order collaboration.Order) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID:        order.Activation.WorkflowID(),
		TaskQueue: collaboration.TaskQueue,
		// A new activation may follow an ended one, never a live one; without
		// the last option a duplicate start would look like a success.
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		EnableEagerStart:                         true,
		Memo:                                     map[string]any{collaboration.ActivationMemo: order.Activation},
		StaticSummary:                            fmt.Sprintf("%s · %s · customer %s", order.SolutionID, order.Scenario, order.CustomerID),
		StaticDetails: fmt.Sprintf("Office %s asked customer %s to share %s.\n\nTask %s, paid by the %s, %d months, starts %s.",
			order.OfficeID, order.CustomerID, order.SolutionID, order.TaskID, order.InvoiceRecipient, order.AgreementMonths, order.Period.Start),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			about(order.Subject()).Copy(), keyword(collaboration.SearchState, string(collaboration.Activating)),
		),
	}
}

// about is what operators find a run by.
func about(s collaboration.Subject) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		keyword(collaboration.SearchOffice, s.OfficeID), keyword(collaboration.SearchCustomer, s.CustomerID), keyword(collaboration.SearchSolution, s.SolutionID),
	)
}

func keyword(name, value string) temporal.SearchAttributeUpdate {
	return temporal.NewSearchAttributeKeyKeyword(name).ValueSet(value)
}

// StartBatch has the pending rows of an office's batch started. Where that is
// under way, it goes on.
func (s *Starter) StartBatch(ctx context.Context, office, id string) error {
	workflowID := "batch-" + id
	_, err := s.engine.SignalWithStartWorkflow(ctx, workflowID, collaboration.BatchMessage, nil, client.StartWorkflowOptions{
		ID: workflowID, TaskQueue: collaboration.TaskQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         "batch " + id,
		StaticDetails:         "Starts the activations of a batch's pending rows, twenty at a time. The rows say what came of them.",
		TypedSearchAttributes: temporal.NewSearchAttributes(keyword(collaboration.SearchOffice, office)),
	}, collaboration.BatchWorkflowType, id)
	if err != nil {
		return engineError(err)
	}
	return nil
}

// Tell has a webhook told of an event, once: a repeat is the same. again, where
// set, tells it another time.
func (s *Starter) Tell(ctx context.Context, d collaboration.WebhookDelivery, again string) error {
	id := fmt.Sprintf("webhook-%s-%s-%d", d.Webhook, d.Activation, d.Sequence)
	if again != "" {
		id += "-" + again
	}
	_, err := s.engine.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: id, TaskQueue: collaboration.TaskQueue,
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            "webhook " + d.Webhook + " · " + d.Event(),
		StaticDetails:                            fmt.Sprintf("Tells webhook %s of event %d of activation %s. It is tried for three days.", d.Webhook, d.Sequence, d.Activation),
		TypedSearchAttributes:                    about(d.Subject),
	}, collaboration.WebhookWorkflowType, d)
	if err == nil || temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil
	}
	return engineError(err)
}

// Send has a letter sent that no activation sends by itself, once: a repeat is
// the same.
func (s *Starter) Send(ctx context.Context, subject collaboration.Subject, l collaboration.Letter) error {
	id := fmt.Sprintf("letter-%s-%s-%d-%d", l.Activation, l.Kind, l.Generation, l.Number)
	_, err := s.engine.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: id, TaskQueue: collaboration.TaskQueue,
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            fmt.Sprintf("letter %s · %s", l.Kind, l.Activation),
		StaticDetails:                            fmt.Sprintf("A mail of activation %s that somebody asked for. It is tried for a week.", l.Activation),
		TypedSearchAttributes:                    about(subject),
	}, collaboration.LetterWorkflowType, l)
	if err == nil || temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil
	}
	return engineError(err)
}

// Standing asks a live activation where it stands. Where no worker answers, it
// is what the engine itself knows: that the activation is live, and its state.
func (s *Starter) Standing(ctx context.Context, id collaboration.ActivationID) (collaboration.Standing, error) {
	standing, err := s.query(ctx, id)
	if collaboration.CodeOf(err) == collaboration.CodeUnavailable {
		standing, err = s.describe(context.WithoutCancel(ctx), id.WorkflowID())
	}
	if err == nil && standing.Activation != id { // a later activation of the same subject
		return collaboration.Standing{}, &collaboration.Error{Code: collaboration.CodeActivationNotFound}
	}
	return standing, err
}

func (s *Starter) query(ctx context.Context, id collaboration.ActivationID) (standing collaboration.Standing, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.answerWithin)
	defer cancel()
	answer, err := s.engine.QueryWorkflow(ctx, id.WorkflowID(), "", collaboration.StandingQuery)
	if err != nil {
		return standing, engineError(err)
	}
	if err := answer.Get(&standing); err != nil {
		return standing, collaboration.Errorf(collaboration.CodeInternal, "standing: %w", err)
	}
	return standing, nil
}

// describe is what the engine knows of an execution without its worker.
func (s *Starter) describe(ctx context.Context, workflowID string) (standing collaboration.Standing, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.answerWithin)
	defer cancel()
	d, err := s.engine.DescribeWorkflowExecution(ctx, workflowID, "")
	if err != nil {
		return standing, engineError(err)
	}
	info := d.GetWorkflowExecutionInfo()
	err = errors.Join(
		s.converter.FromPayload(info.GetMemo().GetFields()[collaboration.ActivationMemo], &standing.Activation),
		s.converter.FromPayload(info.GetSearchAttributes().GetIndexedFields()[collaboration.SearchState], &standing.State),
	)
	if err != nil {
		return standing, collaboration.Errorf(collaboration.CodeInternal, "run %s: %w", workflowID, err)
	}
	if info.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING && standing.State.Live() {
		standing.State = collaboration.Failed // terminated: nobody could say so
	}
	return standing, nil
}

// engineError is an error of the engine in words of the catalogue.
func engineError(err error) error {
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return &collaboration.Error{Code: collaboration.CodeActivationNotFound, Cause: err}
	}
	return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: err}
}
