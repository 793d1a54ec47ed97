package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"countersign/collaboration/retention"
)

// RetainedStore has the data that is deleted after its time.
type RetainedStore interface {
	// DeleteOld deletes all data of a kind that is older than an instant. It calls progress
	// after each committed part.
	DeleteOld(ctx context.Context, kind retention.Kind, before time.Time, progress func()) (deleted int, err error)
}

// Retention has the activity that deletes old data.
type Retention struct {
	store  RetainedStore
	policy retention.Policy
}

// NewRetention returns the activity of a worker.
func NewRetention(store RetainedStore, policy retention.Policy) *Retention {
	return &Retention{store, policy}
}

// DeleteOldData deletes the data that is older than its retention. A kind that fails does
// not stop the others. A retry continues where an earlier attempt stopped.
func (r *Retention) DeleteOldData(ctx context.Context) error {
	var all error
	for _, kind := range retention.Kinds() {
		before, ok := r.policy.Before(kind, time.Now())
		if !ok {
			continue
		}
		n, err := r.store.DeleteOld(ctx, kind, before, func() { activity.RecordHeartbeat(ctx) })
		if n > 0 {
			activity.GetLogger(ctx).Info("deleted old data", "kind", kind, "rows", n)
		}
		if err != nil {
			all = errors.Join(all, fmt.Errorf("%s: %w", kind, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return failure(all)
}
