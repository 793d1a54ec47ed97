package activities_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/testsuite"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/collaboration/message"
)

func (o *otherSystem) ChangedAccess(context.Context, message.AccessChanges) ([]collaboration.ActivationID, error) {
	return []collaboration.ActivationID{"a-1", "a-2"}, nil
}

// Changes of access reach the platform for each collaboration, and again after a failure.
func TestSyncAccess_ReachesPlatform(t *testing.T) {
	t.Parallel()
	o := &otherSystem{down: errors.New("down")}
	a, _ := activities.New(activities.OnPlatform(o, o), nil, nil, nil, collaboration.Catalogue{})
	run := func() error {
		env := (&testsuite.WorkflowTestSuite{}).NewTestActivityEnvironment()
		env.RegisterActivity(a)
		_, err := env.ExecuteActivity(a.SyncAccess, message.NewAccessChanges("office-1", time.Now()))
		return err
	}
	if err := run(); err == nil || !slices.Equal(o.calls, []string{"platform: grant"}) {
		t.Errorf("while the platform is down: %v, %q", err, o.calls)
	}
	o.down, o.calls = nil, nil
	if err := run(); err != nil || !slices.Equal(o.calls, []string{"platform: grant", "platform: grant"}) {
		t.Errorf("%v, %q", err, o.calls)
	}
}
