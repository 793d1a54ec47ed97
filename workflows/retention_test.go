package workflows_test

import (
	"context"
	"testing"
	"time"

	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/collaboration/retention"
	"countersign/workflows"
)

// oldData is a store that fails as configured for each deletion of keys, from 1.
type oldData struct {
	fail    func(n int) error
	n       int
	deleted map[retention.Kind]time.Duration
}

func (o *oldData) DeleteOld(_ context.Context, kind retention.Kind, before time.Time, progress func()) (int, error) {
	progress()
	if kind == retention.IdempotencyKeys {
		o.n++
		if err := o.fail(o.n); err != nil {
			return 0, err
		}
	}
	o.deleted[kind] = time.Since(before)
	return 1, nil
}

func runRetention(t *testing.T, policy retention.Policy, fail func(n int) error) (*oldData, time.Duration) {
	t.Helper()
	store := &oldData{fail: fail, deleted: map[retention.Kind]time.Duration{}}
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.RegisterActivity(activities.NewRetention(store, policy))
	began := env.Now()
	env.ExecuteWorkflow(workflows.RetentionWorkflow)
	if err := env.GetWorkflowError(); !workflow.IsContinueAsNewError(err) {
		t.Fatalf("the execution ended with %v", err)
	}
	return store, env.Now().Sub(began)
}

// A kind without days is kept for good. Every other kind is deleted after its days.
func TestRetention_DeletesByPolicy(t *testing.T) {
	t.Parallel()
	store, took := runRetention(t, retention.Policy{retention.Batches: 90, retention.IdempotencyKeys: 1}, func(int) error { return nil })
	if len(store.deleted) != 2 || store.deleted[retention.Batches].Round(time.Hour) != 90*24*time.Hour {
		t.Errorf("deleted %v", store.deleted)
	}
	if took < time.Hour {
		t.Errorf("the next deletion is after %s", took)
	}
}

// A kind that fails does not stop the others, and is retried.
func TestRetention_RetriesKind(t *testing.T) {
	t.Parallel()
	unavailable := &collaboration.Error{Code: collaboration.CodeUnavailable}
	store, _ := runRetention(t, retention.Policy{retention.Batches: 90, retention.IdempotencyKeys: 1}, func(n int) error {
		if n < 3 {
			return unavailable
		}
		return nil
	})
	if store.n != 3 || len(store.deleted) != 2 {
		t.Errorf("%d attempts, deleted %v", store.n, store.deleted)
	}
}

// An error that no retry resolves does not end the deletions.
func TestRetention_ContinuesAfterFinalError(t *testing.T) {
	t.Parallel()
	final := &collaboration.Error{Code: collaboration.CodeInvalidRequest}
	store, took := runRetention(t, retention.Policy{retention.Batches: 90, retention.IdempotencyKeys: 1}, func(int) error { return final })
	if store.n != 1 || len(store.deleted) != 1 || took < time.Hour {
		t.Errorf("%d attempts, deleted %v, next after %s", store.n, store.deleted, took)
	}
}
