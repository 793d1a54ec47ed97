package durability_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/dev/harness"
	"countersign/internal/temporalx"
	"countersign/starter"
)

// This file is the only one of the tests of Signals, crashes and many messages that
// has the wire format of commands.

// command is one command to one activation.
type command struct{ message.Command }

// signal returns when Temporal has the command in the history.
func (c command) signal(ctx context.Context, to client.Client) error {
	return to.SignalWorkflow(ctx, c.Activation.WorkflowID(), "", message.Signal, c.Command)
}

// update returns when a worker has answered the command. The error has the code of a
// rejection. Temporal drops an Update that arrives while the execution continues as new;
// the command is then sent again, as the product's client does.
func (c command) update(ctx context.Context, to client.Client) error {
	for {
		err := c.updateOnce(ctx, to)
		var notReady *serviceerror.WorkflowNotReady
		if !errors.As(err, &notReady) {
			return err
		}
	}
}

func (c command) updateOnce(ctx context.Context, to client.Client) error {
	handle, err := to.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: c.Activation.WorkflowID(), UpdateName: string(c.Kind), UpdateID: c.ID,
		Args: []any{c.Command}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return err
	}
	return handle.Get(ctx, nil)
}

// sendBy sends the command by the product's own client.
func (c command) sendBy(ctx context.Context, s *starter.Starter) error {
	_, err := s.SendCommand(ctx, c.Command)
	return err
}

// queryStatus asks a worker for the status of an activation. Unlike the starter it has
// no answer without one.
func queryStatus(ctx context.Context, to client.Client, id collaboration.ActivationID) (status message.Status, err error) {
	answer, err := to.QueryWorkflow(ctx, id.WorkflowID(), "", temporalx.StatusQuery)
	if err != nil {
		return status, err
	}
	return status, answer.Get(&status)
}

// commandsTo creates the commands to an activation. Each has a unique ID.
type commandsTo collaboration.ActivationID

var lastCommand atomic.Int64

// of completes a command of an employee.
func (to commandsTo) of(kind collaboration.Command, c message.Command) command {
	c.ID = fmt.Sprintf("command-%d", lastCommand.Add(1))
	c.Activation, c.Kind, c.By = collaboration.ActivationID(to), kind, "emp-maja"
	return command{c}
}

func (to commandsTo) approve() command {
	return to.decide(collaboration.Decision{Outcome: collaboration.Approve, Offer: harness.ApprovedOffer()})
}

func (to commandsTo) decline() command {
	return to.decide(collaboration.Decision{Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice})
}

func (to commandsTo) decide(d collaboration.Decision) command {
	d.ID, d.Activation = fmt.Sprintf("command-%d", lastCommand.Add(1)), collaboration.ActivationID(to)
	d.Generation, d.By = 1, "admin"
	return command{message.Decide(d)}
}

func (to commandsTo) withdraw() command {
	return to.of(collaboration.CommandWithdraw, message.Command{})
}

func (to commandsTo) resend() command {
	return to.of(collaboration.CommandResend, message.Command{})
}

func (to commandsTo) correct(email string) command {
	return to.of(collaboration.CommandCorrect, message.Command{Email: email})
}

func (to commandsTo) forward(administrator string) command {
	return to.of(collaboration.CommandForward, message.Command{Administrator: administrator})
}

func (to commandsTo) change(c collaboration.Change) command {
	return to.of(collaboration.CommandChange, message.Command{Change: &c})
}

func (to commandsTo) changeInvoiceRecipient(recipient collaboration.InvoiceRecipient) command {
	return to.change(collaboration.Change{InvoiceRecipient: recipient})
}

func (to commandsTo) changeMonths(months int) command {
	return to.change(collaboration.Change{AgreementMonths: months})
}

// changeTask changes the task to one that the activation may have already, which the
// audit records all the same.
func (to commandsTo) changeTask(task string) command {
	return to.change(collaboration.Change{TaskID: task})
}

func (to commandsTo) pauseReminders() command {
	paused := true
	return to.change(collaboration.Change{RemindersPaused: &paused})
}

func (to commandsTo) reportBounce() command {
	return to.of(collaboration.CommandReport, message.Command{Report: &message.Report{Generation: 1, Status: collaboration.DeliveryBounced}})
}

func (to commandsTo) endNow() command { return to.end(collaboration.EndNow, collaboration.Date{}) }

func (to commandsTo) endOfTerm() command {
	return to.end(collaboration.EndOfTerm, collaboration.Date{})
}

func (to commandsTo) endOn(day collaboration.Date) command {
	return to.end(collaboration.EndOnDate, day)
}

func (to commandsTo) end(when collaboration.EndWhen, on collaboration.Date) command {
	return to.of(collaboration.CommandEnd, message.Command{End: &message.End{When: when, On: on}})
}

func (to commandsTo) revokeNotice() command {
	return to.of(collaboration.CommandRevokeNotice, message.Command{})
}

// wantRejected returns nil for an Update that the workflow rejects in its state.
func wantRejected(err error) error {
	var rejected *temporal.ApplicationError
	if !errors.As(err, &rejected) {
		return fmt.Errorf("the answer is %w, want a rejection", err)
	}
	switch collaboration.Code(rejected.Type()) {
	case collaboration.CodeAlreadyDecided, collaboration.CodeNotPending, collaboration.CodeNotActive, collaboration.CodeActivationNotFound:
		return nil
	}
	return err
}
