package starter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/temporalx"
)

// Starter is a client of Temporal. It is safe for concurrent use.
type Starter struct {
	client    client.Client
	converter converter.DataConverter
	// updateTimeout bounds the wait for the result of an Update, before the starter
	// sends the command as a Signal.
	updateTimeout time.Duration
}

// DefaultUpdateTimeout is how long the product waits for the result of an Update.
const DefaultUpdateTimeout = 3 * time.Second

// New returns a Starter that waits at most updateTimeout for the result of an Update.
func New(c client.Client, updateTimeout time.Duration) *Starter {
	return &Starter{client: c, converter: converter.GetDefaultDataConverter(), updateTimeout: updateTimeout}
}

// execution is a workflow execution to start: its ID, whether the ID may be used
// again, its office, and its description for operators.
type execution struct {
	id, office       string
	reuse            enums.WorkflowIdReusePolicy
	summary, details string
	attributes       []temporal.SearchAttributeUpdate
}

// options returns the start options that all workflow types share. Without
// WorkflowExecutionErrorWhenAlreadyStarted the SDK would report the start of an
// execution that exists as a success. The priority makes Temporal serve the offices in
// turn where tasks wait; the activities and child workflows of the execution inherit it.
func (e execution) options() client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID:                                       e.id,
		TaskQueue:                                temporalx.TaskQueue,
		Priority:                                 temporalx.PriorityOf(e.office),
		WorkflowIDReusePolicy:                    e.reuse,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            e.summary,
		StaticDetails:                            e.details,
		TypedSearchAttributes:                    temporal.NewSearchAttributes(e.attributes...),
	}
}

// Start starts an activation. If the subject has a running execution, the error is
// CodeActivationExists and names its activation, which may be the order's own: an
// earlier attempt started it.
func (s *Starter) Start(ctx context.Context, order collaboration.Order) error {
	return s.start(ctx, message.NewState(order), enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL)
}

// Restore starts an execution that continues from a state. A running one of the same subject
// is terminated if replace is true; otherwise the error is that of Start.
func (s *Starter) Restore(ctx context.Context, state message.State, replace bool) error {
	if replace {
		return s.start(ctx, state, enums.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING)
	}
	return s.start(ctx, state, enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL)
}

func (s *Starter) start(ctx context.Context, state message.State, conflict enums.WorkflowIdConflictPolicy) error {
	order, status := state.Order, state.Status
	options := execution{
		id:      order.Activation.WorkflowID(),
		office:  order.OfficeID,
		reuse:   enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, // a subject can be activated again after its execution has closed
		summary: fmt.Sprintf("%s · %s · customer %s", order.SolutionID, order.Scenario, order.CustomerID),
		details: fmt.Sprintf("Office %s asked customer %s to share %s.\n\nTask %s, paid by the %s, %d months, starts %s.",
			order.OfficeID, order.CustomerID, order.SolutionID, order.TaskID, order.InvoiceRecipient, order.AgreementMonths, order.Period.Start),
		attributes: append(temporalx.SubjectAttributes(order.Subject()), temporalx.StatusAttributes(status.State, status.Phase(), status.Agreement)...),
	}.options()
	options.WorkflowIDConflictPolicy = conflict
	options.EnableEagerStart = true
	options.Memo = map[string]any{temporalx.ActivationMemo: order.Activation}
	_, err := s.client.ExecuteWorkflow(ctx, options, temporalx.ActivationWorkflowType, state)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		first, describeErr := s.describe(ctx, order.Activation.WorkflowID())
		if describeErr != nil {
			return describeErr
		}
		return &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: first.Activation}
	}
	return temporalx.ServiceError(err)
}

// StartBatch starts the execution that starts the activations of a batch's pending
// rows. A running one is signalled that rows are pending again.
func (s *Starter) StartBatch(ctx context.Context, office, id string) error {
	options := execution{
		id:         temporalx.BatchWorkflowID(id),
		office:     office,
		reuse:      enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		summary:    "batch " + id,
		details:    "Starts the activations of a batch's pending rows, twenty at a time. Each row has its result.",
		attributes: []temporal.SearchAttributeUpdate{temporalx.OfficeKey.ValueSet(office)},
	}.options()
	options.WorkflowIDConflictPolicy = enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	_, err := s.client.SignalWithStartWorkflow(ctx, options.ID, temporalx.BatchSignal, nil, options, temporalx.BatchWorkflowType, id)
	return temporalx.ServiceError(err)
}

// DeliverWebhook starts the delivery of an event to a webhook. A repeat has no effect.
// A replay identifies a further delivery of the same event; "" for the first.
func (s *Starter) DeliverWebhook(ctx context.Context, d collaboration.WebhookDelivery, replay string) error {
	id := fmt.Sprintf("webhook-%s-%s-%d", d.Webhook, d.Activation, d.Sequence)
	if replay != "" {
		id += "-" + replay
	}
	return s.startOnce(ctx, execution{
		id:         id,
		office:     d.Subject.OfficeID,
		summary:    "webhook " + d.Webhook + " · " + d.Event(),
		details:    fmt.Sprintf("Delivers event %d of activation %s to webhook %s, with retries for three days.", d.Sequence, d.Activation, d.Webhook),
		attributes: temporalx.SubjectAttributes(d.Subject),
	}, temporalx.WebhookWorkflowType, d)
}

// SendNotification starts the sending of a notification that the activation's own
// execution does not send. A repeat has no effect.
func (s *Starter) SendNotification(ctx context.Context, subject collaboration.Subject, n collaboration.Notification) error {
	return s.startOnce(ctx, execution{
		id:         n.WorkflowID(),
		office:     subject.OfficeID,
		summary:    fmt.Sprintf("notification %s · %s", n.Kind, n.Activation),
		details:    fmt.Sprintf("Sends a mail of activation %s, at a person's request and with retries for a week.", n.Activation),
		attributes: temporalx.SubjectAttributes(subject),
	}, temporalx.NotificationWorkflowType, n)
}

// SendDirectoryMail starts the sending of a mail about a change of an office's directory. A
// repeat has no effect.
func (s *Starter) SendDirectoryMail(ctx context.Context, m message.DirectoryMail) error {
	return s.startOnce(ctx, execution{
		id:         m.WorkflowID(),
		office:     m.OfficeID,
		summary:    m.Summary(),
		details:    m.Details(),
		attributes: []temporal.SearchAttributeUpdate{temporalx.OfficeKey.ValueSet(m.OfficeID)},
	}, temporalx.DirectoryMailWorkflowType, m)
}

// SyncAccess repeats changes of access at an external platform, after a delay. A repeat
// within the interval of the changes has no effect.
func (s *Starter) SyncAccess(ctx context.Context, c message.AccessChanges) error {
	options := execution{
		id:         c.WorkflowID(),
		office:     c.OfficeID,
		reuse:      enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		summary:    "access of an office's employees",
		details:    fmt.Sprintf("Repeats the changes of access of office %s at the external platform, with retries for a week.", c.OfficeID),
		attributes: []temporal.SearchAttributeUpdate{temporalx.OfficeKey.ValueSet(c.OfficeID)},
	}.options()
	options.StartDelay = c.Delay()
	_, err := s.client.ExecuteWorkflow(ctx, options, temporalx.AccessWorkflowType, c)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil
	}
	return temporalx.ServiceError(err)
}

// StartRetention starts the execution that deletes old data, unless it runs.
func (s *Starter) StartRetention(ctx context.Context) error {
	options := execution{
		id:      temporalx.RetentionWorkflowID,
		reuse:   enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, // an operator may have cancelled it
		summary: "retention",
		details: "Deletes data that is older than its retention, once an hour.",
	}.options()
	_, err := s.client.ExecuteWorkflow(ctx, options, temporalx.RetentionWorkflowType)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil
	}
	return temporalx.ServiceError(err)
}

// startOnce starts an execution with an ID that identifies one effect. If the execution exists,
// running or closed, the start succeeds without an effect.
func (s *Starter) startOnce(ctx context.Context, e execution, workflowType string, input any) error {
	e.reuse = enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
	_, err := s.client.ExecuteWorkflow(ctx, e.options(), workflowType, input)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil
	}
	return temporalx.ServiceError(err)
}

// Status queries the status of an activation. If no worker answers, the status has only
// what Temporal stores: the activation and its state.
func (s *Starter) Status(ctx context.Context, id collaboration.ActivationID) (message.Status, error) {
	status, err := s.query(ctx, id)
	if collaboration.CodeOf(err) == collaboration.CodeUnavailable {
		status, err = s.describe(context.WithoutCancel(ctx), id.WorkflowID())
	}
	if err == nil && status.Activation != id { // a later activation of the same subject
		return message.Status{}, &collaboration.Error{Code: collaboration.CodeActivationNotFound}
	}
	return status, err
}

func (s *Starter) query(ctx context.Context, id collaboration.ActivationID) (status message.Status, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.updateTimeout)
	defer cancel()
	answer, err := s.client.QueryWorkflow(ctx, id.WorkflowID(), "", temporalx.StatusQuery)
	if err != nil {
		return status, temporalx.ServiceError(err)
	}
	if err := answer.Get(&status); err != nil {
		return status, collaboration.Errorf(collaboration.CodeInternal, "status: %w", err)
	}
	return status, nil
}

// describe returns the status that Temporal stores with an execution, without its worker.
func (s *Starter) describe(ctx context.Context, workflowID string) (status message.Status, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.updateTimeout)
	defer cancel()
	d, err := s.client.DescribeWorkflowExecution(ctx, workflowID, "")
	if err != nil {
		return status, temporalx.ServiceError(err)
	}
	info := d.GetWorkflowExecutionInfo()
	err = errors.Join(
		s.converter.FromPayload(info.GetMemo().GetFields()[temporalx.ActivationMemo], &status.Activation),
		s.converter.FromPayload(info.GetSearchAttributes().GetIndexedFields()[temporalx.StateKey.GetName()], &status.State),
	)
	err = errors.Join(err, temporalx.CheckMemo(status.Activation, workflowID))
	if err != nil {
		return status, collaboration.Errorf(collaboration.CodeInternal, "execution %s: %w", workflowID, err)
	}
	if info.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING && status.State.IsLive() {
		status.State = collaboration.Failed // a terminated execution cannot set its own state
	}
	return status, nil
}
