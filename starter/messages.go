package starter

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
)

// Decide hands the customer's answer to the activation. On
// CodeAlreadyDecided the standing holds the decision that counted.
func (s *Starter) Decide(ctx context.Context, d collaboration.Decision) (collaboration.Standing, error) {
	return s.send(ctx, collaboration.DecideMessage, d)
}

// Withdraw takes a pending invitation back.
func (s *Starter) Withdraw(ctx context.Context, w collaboration.Withdrawal) (collaboration.Standing, error) {
	return s.send(ctx, collaboration.WithdrawMessage, w)
}

// Resend replaces a pending invitation with a new generation.
func (s *Starter) Resend(ctx context.Context, r collaboration.Resend) (collaboration.Standing, error) {
	return s.send(ctx, collaboration.ResendMessage, r)
}

// End ends a running collaboration, or gives notice.
func (s *Starter) End(ctx context.Context, e collaboration.Ending) (collaboration.Standing, error) {
	return s.send(ctx, collaboration.EndMessage, e)
}

// Correct puts right the address of the person who was invited.
func (s *Starter) Correct(ctx context.Context, c collaboration.Correction) (collaboration.Standing, error) {
	return s.send(ctx, collaboration.CorrectMessage, c)
}

// Forward sends the invitation to another administrator of the customer.
func (s *Starter) Forward(ctx context.Context, f collaboration.Forwarding) (collaboration.Standing, error) {
	return s.send(ctx, collaboration.ForwardMessage, f)
}

// Change changes a pending invitation or a running collaboration.
func (s *Starter) Change(ctx context.Context, c collaboration.Change) (collaboration.Standing, error) {
	return s.send(ctx, collaboration.ChangeMessage, c)
}

// TakeBack takes back a notice or a set end.
func (s *Starter) TakeBack(ctx context.Context, t collaboration.TakingBack) (collaboration.Standing, error) {
	return s.send(ctx, collaboration.TakeBackMessage, t)
}

// Report leaves what the mail provider says of an invitation with the
// activation, and waits for no answer. A closed activation has no use for it:
// CodeActivationNotFound.
func (s *Starter) Report(ctx context.Context, r collaboration.DeliveryReport) error {
	ctx, cancel := context.WithTimeout(ctx, s.answerWithin)
	defer cancel()
	if err := s.engine.SignalWorkflow(ctx, r.Activation.WorkflowID(), "", collaboration.ReportMessage, r); err != nil {
		return engineError(err)
	}
	return nil
}

type message interface {
	Ref() (id string, activation collaboration.ActivationID)
}

// send delivers a message as an Update, which answers. Where no answer comes
// in time the Update may still apply, so the same message is left as a signal
// too: the workflow takes each message id once. The error is then
// CodeOutcomeUnknown: accepted, and durable, but not yet seen; or it was what
// closed the activation, or came too late.
func (s *Starter) send(ctx context.Context, name string, m message) (collaboration.Standing, error) {
	id, activation := m.Ref()
	standing, err := s.update(ctx, name, id, activation, m)
	if !unanswered(err) {
		return standing, messageError(err, &standing)
	}
	// The caller may be gone; the message shall still arrive.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.answerWithin)
	defer cancel()
	var gone *serviceerror.NotFound // closed meanwhile, perhaps by this very message
	if err := s.engine.SignalWorkflow(ctx, activation.WorkflowID(), "", name, m); err != nil && !errors.As(err, &gone) {
		return collaboration.Standing{}, engineError(err)
	}
	return collaboration.Standing{}, &collaboration.Error{Code: collaboration.CodeOutcomeUnknown, Cause: err}
}

func (s *Starter) update(ctx context.Context, name, id string, activation collaboration.ActivationID, m message) (standing collaboration.Standing, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.answerWithin)
	defer cancel()
	handle, err := s.engine.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: activation.WorkflowID(), UpdateName: name, UpdateID: id,
		Args: []any{m}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return standing, err
	}
	return standing, handle.Get(ctx, &standing)
}

// unanswered reports whether a message may or may not have arrived.
func unanswered(err error) bool {
	var timeout *client.WorkflowUpdateServiceTimeoutOrCanceledError
	var deadline *serviceerror.DeadlineExceeded
	var unavailable *serviceerror.Unavailable
	// Its workflow task failed, as where something else came while the run was
	// about to close: the engine forgets the Update, and its quick steps are done.
	var notReady *serviceerror.WorkflowNotReady
	return errors.As(err, &timeout) || errors.As(err, &deadline) || errors.As(err, &unavailable) || errors.As(err, &notReady) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// messageError reads a refusal, and the standing that comes with it.
func messageError(err error, standing *collaboration.Standing) error {
	var refused *temporal.ApplicationError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused) && collaboration.Code(refused.Type()).Known():
		if refused.HasDetails() {
			if err := refused.Details(standing); err != nil && !errors.Is(err, converter.ErrEncodingIsNotSupported) { // without the keys
				return collaboration.Errorf(collaboration.CodeInternal, "refusal: %w", err)
			}
		}
		return &collaboration.Error{Code: collaboration.Code(refused.Type()), Cause: err}
	default:
		return engineError(err)
	}
}
