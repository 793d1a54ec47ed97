package starter

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/temporalx"
)

// SendCommand sends a command as an Update and returns its result. An Update without an answer
// may still have an effect. In that case SendCommand also sends the command as a Signal, which
// is durable before a worker has it, and returns CodeOutcomeUnknown. The workflow processes each
// command id once. With CodeAlreadyDecided the status has the accepted decision.
func (s *Starter) SendCommand(ctx context.Context, c message.Command) (message.Status, error) {
	status, err := s.update(ctx, c)
	for attempt := 1; attempt < maxUpdates && isNotReady(err); attempt++ {
		status, err = s.update(ctx, c)
	}
	if !outcomeUnknown(err) {
		err = commandError(err, &status)
		if collaboration.CodeOf(err) == collaboration.CodeActivationNotFound {
			return s.closed(ctx, c, err)
		}
		return status, err
	}
	signalErr := s.SignalCommand(context.WithoutCancel(ctx), c)                                      // also after the caller has disconnected
	if signalErr != nil && collaboration.CodeOf(signalErr) != collaboration.CodeActivationNotFound { // the execution has closed, perhaps by this command
		return message.Status{}, signalErr
	}
	return message.Status{}, &collaboration.Error{Code: collaboration.CodeOutcomeUnknown, Cause: err}
}

// closed returns the result of a command to a closed activation. A repeat of the command that
// closed it succeeds. Temporal cannot answer that repeat itself, because only the execution
// that received the Update has it, and the activation may have continued as new.
func (s *Starter) closed(ctx context.Context, c message.Command, notFound error) (message.Status, error) {
	status, err := s.Status(ctx, c.Activation)
	if err == nil && status.ClosedBy == c.ID {
		return status, nil
	}
	return message.Status{}, notFound
}

// SignalCommand sends a command as a Signal, which has no result. The error is
// CodeActivationNotFound for a closed activation.
func (s *Starter) SignalCommand(ctx context.Context, c message.Command) error {
	ctx, cancel := context.WithTimeout(ctx, s.updateTimeout)
	defer cancel()
	if err := s.client.SignalWorkflow(ctx, c.Activation.WorkflowID(), "", message.Signal, c); err != nil {
		return temporalx.ServiceError(err)
	}
	return nil
}

func (s *Starter) update(ctx context.Context, c message.Command) (status message.Status, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.updateTimeout)
	defer cancel()
	handle, err := s.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: c.Activation.WorkflowID(), UpdateName: string(c.Kind), UpdateID: c.ID,
		Args: []any{c}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return status, err
	}
	return status, handle.Get(ctx, &status)
}

// maxUpdates limits the attempts to send a command as an Update.
const maxUpdates = 3

// isNotReady reports whether the workflow task with the Update failed, because the execution
// continued as new or closed at the same time. Temporal then drops the Update.
func isNotReady(err error) bool {
	var notReady *serviceerror.WorkflowNotReady
	return errors.As(err, &notReady)
}

// outcomeUnknown reports whether the command may have reached the execution, or can still
// reach it as a Signal.
func outcomeUnknown(err error) bool {
	var timeout *client.WorkflowUpdateServiceTimeoutOrCanceledError
	var deadline *serviceerror.DeadlineExceeded
	var unavailable *serviceerror.Unavailable
	// The execution has had as many Updates as Temporal allows, or the namespace is over
	// its rate limit. Signals have limits of their own.
	var exhausted *serviceerror.ResourceExhausted
	return errors.As(err, &timeout) || errors.As(err, &deadline) || errors.As(err, &unavailable) || errors.As(err, &exhausted) || isNotReady(err) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// commandError returns a rejection as an error of the catalogue, and reads the status in
// its details.
func commandError(err error, status *message.Status) error {
	var refused *temporal.ApplicationError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused) && collaboration.Code(refused.Type()).Known():
		if refused.HasDetails() {
			if err := refused.Details(status); err != nil && !errors.Is(err, converter.ErrEncodingIsNotSupported) { // this process has no keys to decrypt them
				return collaboration.Errorf(collaboration.CodeInternal, "refusal: %w", err)
			}
		}
		return &collaboration.Error{Code: collaboration.Code(refused.Type()), Cause: err}
	default:
		return temporalx.ServiceError(err)
	}
}
