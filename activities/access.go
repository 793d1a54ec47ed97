package activities

import (
	"context"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// AccessStore reads the access of employees to running collaborations.
type AccessStore interface {
	// ChangedAccess returns the running collaborations with changes of access.
	ChangedAccess(ctx context.Context, c message.AccessChanges) ([]collaboration.ActivationID, error)
}

// accessSyncer repeats changes of access at an external platform.
type accessSyncer interface {
	syncAccess(ctx context.Context, c message.AccessChanges) error
}

// SyncAccess repeats changes of access at the external platform; without one it has no
// effect.
func (a *Activities) SyncAccess(ctx context.Context, c message.AccessChanges) error {
	if platform, ok := a.store.(accessSyncer); ok {
		return failure(platform.syncAccess(ctx, c))
	}
	return nil
}

// syncAccess grants the current access of each changed collaboration. The platform replaces
// the previous access with it.
func (p onPlatform) syncAccess(ctx context.Context, c message.AccessChanges) error {
	changed, err := p.reads.ChangedAccess(ctx, c)
	if err != nil {
		return err
	}
	for _, id := range changed {
		if err := p.grantCurrent(ctx, id, c.WorkflowID()); err != nil {
			return err
		}
	}
	return nil
}
