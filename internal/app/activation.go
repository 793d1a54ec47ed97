package app

import (
	"cmp"
	"context"
	"errors"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// Activations are the use cases that start and read activations of the employee's
// office.
type Activations struct{ *service }

// ErrNotYetStored is the cause of CodeUnavailable for an activation that Temporal has
// and the store does not have yet.
var ErrNotYetStored = errors.New("the activation is not stored yet")

// Snapshot is an activation as the store has it. Before the first write, Stored is false
// and only the ID and the state are set.
type Snapshot struct {
	collaboration.Activation
	Stored bool
}

// find returns an activation of the employee's office. An activation of another office
// is CodeActivationNotFound.
func (s *service) find(ctx context.Context, e collaboration.Employee, id string) (Snapshot, error) {
	activation, err := collaboration.ParseActivationID(id)
	if err != nil {
		return Snapshot{}, err
	}
	a, err := s.store.Activation(ctx, activation)
	if collaboration.CodeOf(err) == collaboration.CodeActivationNotFound {
		status, statusErr := s.workflows.Status(ctx, activation)
		// The workflow may have stored it, and even be closed, since the first read.
		a, err = s.store.Activation(ctx, activation)
		if collaboration.CodeOf(err) == collaboration.CodeActivationNotFound {
			if statusErr != nil {
				return Snapshot{}, statusErr
			}
			return Snapshot{Activation: collaboration.Activation{ID: activation, State: cmp.Or(status.State, collaboration.Activating)}}, nil
		}
	}
	if err != nil {
		return Snapshot{}, err
	}
	if a.OfficeID != e.OfficeID {
		return Snapshot{}, &collaboration.Error{Code: collaboration.CodeActivationNotFound}
	}
	return Snapshot{a, true}, nil
}

// get is find for an activation that must be stored.
func (s *service) get(ctx context.Context, e collaboration.Employee, id string) (collaboration.Activation, error) {
	found, err := s.find(ctx, e, id)
	if err == nil && !found.Stored {
		err = errNotYetStored()
	}
	return found.Activation, err
}

func errNotYetStored() error {
	return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: ErrNotYetStored}
}

// Find returns an activation of the employee's office. An activation of another office
// is CodeActivationNotFound.
func (a *Activations) Find(ctx context.Context, e collaboration.Employee, id string) (Snapshot, error) {
	return a.find(ctx, e, id)
}

// Get is Find for an activation that must be stored: without it the error is
// CodeUnavailable, with the cause ErrNotYetStored.
func (a *Activations) Get(ctx context.Context, e collaboration.Employee, id string) (collaboration.Activation, error) {
	return a.get(ctx, e, id)
}

// WithLiveStatus returns the activation with the status of its workflow, which may be
// ahead of the store. Without an answer the stored activation is returned unchanged.
func (a *Activations) WithLiveStatus(ctx context.Context, stored collaboration.Activation) collaboration.Activation {
	return a.withLiveStatus(ctx, stored)
}

// Stored returns an activation of any office from the store.
func (a *Activations) Stored(ctx context.Context, id collaboration.ActivationID) (collaboration.Activation, error) {
	return a.store.Activation(ctx, id)
}

// Events returns the stored events of an activation after a sequence number.
func (a *Activations) Events(ctx context.Context, id collaboration.ActivationID, after int) ([]collaboration.Event, error) {
	return a.store.Events(ctx, id, after)
}

// Status queries the status of an activation's workflow.
func (a *Activations) Status(ctx context.Context, id collaboration.ActivationID) (message.Status, error) {
	return a.workflows.Status(ctx, id)
}

// withLiveStatus returns the activation with the status of its workflow, which may be
// ahead of the store. Without an answer the stored activation is returned unchanged.
func (s *service) withLiveStatus(ctx context.Context, a collaboration.Activation) collaboration.Activation {
	ctx, cancel := context.WithTimeout(ctx, s.statusTimeout)
	defer cancel()
	status, err := s.workflows.Status(ctx, a.ID)
	if err != nil {
		return a
	}
	starting := status.Decision != nil && status.Decision.Outcome == collaboration.Approve && status.Agreement == nil
	if status.State != "" && !starting { // without an agreement it is not active yet
		a.State = status.State
	}
	if status.Decision != nil {
		a.Decision = status.Decision
	}
	if status.Agreement != nil {
		a.Agreement = status.Agreement
	}
	if status.Proposal != nil {
		a.Proposal = status.Proposal
	}
	if status.Generation > a.Generation {
		a.Generation, a.ExpiresAt = status.Generation, status.ExpiresAt
	}
	return a
}

// sendCommand sends a command to an activation. An execution that Temporal lost is
// CodeUnavailable, because an operator restores it; otherwise the activation is closed.
func (s *service) sendCommand(ctx context.Context, c message.Command) (message.Status, error) {
	status, err := s.workflows.SendCommand(ctx, c)
	if collaboration.CodeOf(err) != collaboration.CodeActivationNotFound {
		return status, err
	}
	a, storeErr := s.store.Activation(ctx, c.Activation)
	switch {
	case storeErr != nil:
		return message.Status{}, storeErr
	case a.State.IsLive():
		return message.Status{}, &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: err}
	}
	return status, err
}

// storedStatus returns the status that the store has.
func storedStatus(a collaboration.Activation) message.Status {
	return message.Status{Activation: a.ID, State: a.State, Generation: a.Generation, ExpiresAt: a.ExpiresAt, Decision: a.Decision, Agreement: a.Agreement}
}
