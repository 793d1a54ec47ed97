package app

import (
	"context"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// deadlineStore records whether a call had a deadline.
type deadlineStore struct {
	Store
	Workflows
	deadline time.Duration
}

func (d *deadlineStore) record(ctx context.Context) {
	d.deadline = 0
	if at, ok := ctx.Deadline(); ok {
		d.deadline = time.Until(at)
	}
}

func (d *deadlineStore) Customer(ctx context.Context, _, _ string) (collaboration.Customer, error) {
	d.record(ctx)
	return collaboration.Customer{}, nil
}

func (d *deadlineStore) AddBatch(ctx context.Context, _ collaboration.Batch, _ []collaboration.BatchRow) error {
	d.record(ctx)
	return nil
}

func (d *deadlineStore) SendCommand(ctx context.Context, _ message.Command) (message.Status, error) {
	d.record(ctx)
	return message.Status{}, nil
}

func TestDeadlines_BoundEveryKindOfCall(t *testing.T) {
	t.Parallel()
	d := &deadlineStore{}
	limits := deadlines{read: time.Minute, message: 2 * time.Minute, bulk: 3 * time.Minute}
	store, workflows := newTimedStore(d, limits), timedWorkflows{d, limits}
	for _, tt := range []struct {
		name string
		call func() error
		want time.Duration
	}{
		{"a read", func() error { _, err := store.Customer(t.Context(), "o", "c"); return err }, limits.read},
		{"a bulk write", func() error { return store.AddBatch(t.Context(), collaboration.Batch{}, nil) }, limits.bulk},
		{"a command", func() error { _, err := workflows.SendCommand(t.Context(), message.Command{}); return err }, limits.message},
	} {
		if err := tt.call(); err != nil || d.deadline > tt.want || d.deadline < tt.want-30*time.Second {
			t.Errorf("%s has %v, want %v (%v)", tt.name, d.deadline, tt.want, err)
		}
	}
}
