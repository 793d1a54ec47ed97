package app

import (
	"context"
	"errors"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// Started is an activation that Temporal has accepted.
type Started struct {
	ID       collaboration.ActivationID
	Scenario collaboration.Scenario
}

// Activate starts an activation. A retry with the same key returns the first one's.
//
// While Temporal still closes an activation that the store shows as closed, Activate
// waits for it. Its compensation may change the form, so each attempt begins with the
// form.
func (a *Activations) Activate(ctx context.Context, e collaboration.Employee, r ActivationRequest) (Started, error) {
	if err := checkKey(r.Key); err != nil {
		return Started{}, err
	}
	if err := a.allowActivation(ctx, e.OfficeID); err != nil {
		return Started{}, err
	}
	deadline := time.Now().Add(a.closeWait)
	for {
		started, err := a.tryActivate(ctx, e, r)
		if !a.isBlockedByClosed(ctx, err) || time.Now().After(deadline) {
			return started, err
		}
		select {
		case <-ctx.Done():
			return started, ctx.Err()
		case <-time.After(a.closeWait / 10):
		}
	}
}

func (a *Activations) tryActivate(ctx context.Context, e collaboration.Employee, r ActivationRequest) (Started, error) {
	p, err := a.placement(ctx, e, r)
	if err != nil && len(r.Invalid) > 0 {
		return Started{}, err
	}
	if err != nil {
		return a.resolveConflict(ctx, e, r, err)
	}
	if r.Key == "" {
		return a.start(ctx, p)
	}
	first, err := a.reserveActivation(ctx, e, r, p.Activation)
	if err != nil {
		return Started{}, err
	}
	if first != p.Activation {
		if replayed, found := a.replay(ctx, e, first); found {
			return replayed, nil
		}
		p.Activation = first // reserved by an earlier attempt that did not start it
	}
	return a.start(ctx, p)
}

// start sends the order to Temporal, which rejects a second live activation. The store
// is checked too: it may have a live activation whose workflow execution was lost.
func (a *Activations) start(ctx context.Context, p placement) (Started, error) {
	live, err := a.store.LiveActivation(ctx, p.OfficeID, p.CustomerID, p.SolutionID)
	if err == nil && live != "" && live != p.Activation {
		err = errActivationExists(live)
	}
	if err != nil {
		return Started{}, err
	}
	if !p.IsTakeOver() { // a take-over sends no invitation
		if err := a.allowMail(ctx, string(p.Activation), p.recipients...); err != nil {
			return Started{}, err
		}
	}
	err = a.workflows.Start(ctx, p.Order)
	if existing, ok := existingActivation(err); ok && existing == p.Activation {
		err = nil // an earlier attempt started it
	}
	return Started{p.Activation, p.Scenario}, err
}

func errActivationExists(id collaboration.ActivationID) error {
	return &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: id}
}

// existingActivation returns the activation that CodeActivationExists names.
func existingActivation(err error) (collaboration.ActivationID, bool) {
	var e *collaboration.Error
	if errors.As(err, &e) && e.Code == collaboration.CodeActivationExists {
		return e.Activation, true
	}
	return "", false
}

// isBlockedByClosed reports whether a start was rejected because of an activation that
// the store shows as closed: its workflow is about to close.
func (a *Activations) isBlockedByClosed(ctx context.Context, err error) bool {
	existing, ok := existingActivation(err)
	if !ok {
		return false
	}
	stored, err := a.store.Activation(ctx, existing)
	return err == nil && !stored.State.IsLive()
}

func (a *Activations) reserveActivation(ctx context.Context, e collaboration.Employee, r ActivationRequest, id collaboration.ActivationID) (collaboration.ActivationID, error) {
	first, err := a.reserveKey(ctx, e.OfficeID, r.Key, message.Fingerprint(e.OfficeID, r.Request), string(id))
	return collaboration.ActivationID(first), err
}

func (a *Activations) replay(ctx context.Context, e collaboration.Employee, id collaboration.ActivationID) (Started, bool) {
	stored, err := a.store.Activation(ctx, id)
	if err != nil || stored.OfficeID != e.OfficeID {
		return Started{}, false
	}
	return Started{id, stored.Scenario}, true
}

// resolveConflict handles a request that became invalid because a live activation changed
// the form: a new customer, for example, has the solution by now. The request is a retry of
// the one that started the activation, or a second one.
func (a *Activations) resolveConflict(ctx context.Context, e collaboration.Employee, r ActivationRequest, invalid error) (Started, error) {
	if collaboration.CodeOf(invalid) != collaboration.CodeInvalidRequest || r.CustomerID == "" || r.SolutionID == "" {
		return Started{}, invalid
	}
	live, err := a.store.LiveActivation(ctx, e.OfficeID, r.CustomerID, r.SolutionID)
	if err != nil || live == "" {
		return Started{}, invalid
	}
	if r.Key == "" {
		return Started{}, errActivationExists(live)
	}
	first, err := a.reserveActivation(ctx, e, r, collaboration.NewActivationID(e.OfficeID, r.CustomerID, r.SolutionID))
	if err != nil {
		return Started{}, err
	}
	if replayed, found := a.replay(ctx, e, first); found {
		return replayed, nil
	}
	return Started{}, errActivationExists(live)
}
