package directory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/collaboration"
	domain "countersign/collaboration/directory"
	"countersign/collaboration/message"
	"countersign/internal/app"
	"countersign/internal/app/directory"
)

// office fakes the store, the mails and the platform.
type office struct {
	directory.Store
	wait  time.Duration // of the limit of mails
	order []string
	down  error
}

func (o *office) EditTask(context.Context, domain.By, string, string, domain.Task, []int) error {
	o.order = append(o.order, "store")
	return nil
}

func (o *office) SyncAccess(_ context.Context, c message.AccessChanges) error {
	if time.Since(c.Since) < time.Minute {
		return errors.New("a clock that is behind would miss changes")
	}
	o.order = append(o.order, "platform")
	return o.down
}

// The platform's repetition is durable before the change is stored.
func TestEditTask_StartsSyncFirst(t *testing.T) {
	t.Parallel()
	o := &office{}
	d := directory.New(directory.Config{Store: o, Access: o, Timeout: time.Minute})
	edit := func() error {
		return d.EditTask(t.Context(), collaboration.Employee{OfficeID: "office-1"}, "c-1", "t-1", domain.Task{Name: "Lön", Owner: "emp-1", Open: true}, app.Precondition{}, nil)
	}
	if err := edit(); err != nil || len(o.order) != 2 || o.order[0] != "platform" {
		t.Errorf("%v, %q", err, o.order)
	}
	o.order, o.down = nil, &collaboration.Error{Code: collaboration.CodeUnavailable}
	if err := edit(); collaboration.CodeOf(err) != collaboration.CodeUnavailable || len(o.order) != 1 {
		t.Errorf("while Temporal is down: %v, %q", err, o.order)
	}
}
