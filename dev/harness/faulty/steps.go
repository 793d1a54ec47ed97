package faulty

import (
	"context"
	"sync"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
)

// Steps is an interceptor of a worker that makes steps of chosen activations
// fail, so that Temporal retries them.
type Steps struct {
	interceptor.WorkerInterceptorBase
	mu      sync.Mutex
	failing map[failingStep]bool
}

type failingStep struct{ workflow, activity string }

// Fail makes every attempt of a step fail until Recover is called.
func (s *Steps) Fail(id collaboration.ActivationID, step string) { s.set(id, step, true) }

// Recover lets later attempts of a step succeed.
func (s *Steps) Recover(id collaboration.ActivationID, step string) { s.set(id, step, false) }

func (s *Steps) set(id collaboration.ActivationID, step string, fails bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing == nil {
		s.failing = map[failingStep]bool{}
	}
	s.failing[failingStep{id.WorkflowID(), step}] = fails
}

func (s *Steps) fails(info activity.Info) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failing[failingStep{info.WorkflowExecution.ID, info.ActivityType.Name}]
}

// InterceptActivity is called by the worker.
func (s *Steps) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &failingActivity{interceptor.ActivityInboundInterceptorBase{Next: next}, s}
}

type failingActivity struct {
	interceptor.ActivityInboundInterceptorBase
	steps *Steps
}

func (a *failingActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	if a.steps.fails(activity.GetInfo(ctx)) {
		return nil, temporal.NewApplicationError("the test makes this step fail", string(collaboration.CodeUnavailable))
	}
	return a.Next.ExecuteActivity(ctx, in)
}
