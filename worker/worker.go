package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/workflows"
)

// Config is what a worker needs.
type Config struct {
	Engine     client.Client
	Activities *activities.Activities
	// Webhooks are told what happens; nil leaves that to other workers.
	Webhooks *activities.Webhooks
	// Batches start many activations; nil leaves that to other workers.
	Batches *activities.Batches
	// Drain waits for what activities left under way; see activities.New.
	Drain func()
	// MailPerSecond bounds the mail queue, all workers together; 0 leaves it
	// unbounded.
	MailPerSecond float64
	// Build names the code that runs here. A worker with a build is given tasks
	// only while its build is released (see ops.Release); "" is a worker that is
	// given them while no build is.
	Build string
	// StopTimeout is how long running steps may take to finish once the
	// worker is told to stop. Keep it above the longest single attempt.
	StopTimeout  time.Duration
	Interceptors []interceptor.WorkerInterceptor
	// Ready is called once, when the worker polls.
	Ready func()
}

// DefaultStopTimeout is above the longest attempt of a step.
const DefaultStopTimeout = 35 * time.Second

// maxWebhooks bounds how many webhooks a worker calls at a time.
const maxWebhooks = 50

// cachedRuns is how many runs a process knows by heart. Each takes some 130 KiB, which its
// memory must hold, and a run that is read again answers within milliseconds all the same:
// those that wait for weeks need not be known.
const cachedRuns = 2000

// versioned has runs go on under whatever build is released: a collaboration
// outlives every build, so none is bound to the one that it began under.
func versioned(build string) sdk.DeploymentOptions {
	if build == "" {
		return sdk.DeploymentOptions{}
	}
	return sdk.DeploymentOptions{
		UseVersioning:             true,
		Version:                   sdk.WorkerDeploymentVersion{DeploymentName: collaboration.Deployment, BuildID: build},
		DefaultVersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
	}
}

// Run works until the context ends, then lets running steps finish. It
// returns nil after an orderly stop.
func Run(ctx context.Context, c Config) error {
	sdk.SetStickyWorkflowCacheSize(cachedRuns)
	failed := make(chan error, 2)
	options := sdk.Options{
		WorkerStopTimeout: c.StopTimeout,
		Interceptors:      c.Interceptors,
		OnFatalError:      func(err error) { failed <- err },
		DeploymentOptions: versioned(c.Build),
	}
	flow := sdk.New(c.Engine, collaboration.TaskQueue, options)
	flow.RegisterWorkflowWithOptions(workflows.ActivationWorkflow, workflow.RegisterOptions{Name: collaboration.WorkflowType})
	flow.RegisterWorkflowWithOptions(workflows.LetterWorkflow, workflow.RegisterOptions{Name: collaboration.LetterWorkflowType})
	flow.RegisterWorkflowWithOptions(workflows.WebhookWorkflow, workflow.RegisterOptions{Name: collaboration.WebhookWorkflowType})
	flow.RegisterWorkflowWithOptions(workflows.BatchWorkflow, workflow.RegisterOptions{Name: collaboration.BatchWorkflowType})
	flow.RegisterActivity(c.Activities)
	if c.Batches != nil {
		flow.RegisterActivity(c.Batches)
	}

	options.TaskQueueActivitiesPerSecond = c.MailPerSecond
	options.DisableWorkflowWorker = true
	mail := sdk.New(c.Engine, collaboration.MailTaskQueue, options)
	mail.RegisterActivity(c.Activities)

	workers := []sdk.Worker{flow, mail}
	if c.Webhooks != nil {
		options.TaskQueueActivitiesPerSecond = 0
		// Strangers' servers: slow ones hold nothing up but each other.
		options.MaxConcurrentActivityExecutionSize = maxWebhooks
		tell := sdk.New(c.Engine, collaboration.WebhookQueue, options)
		tell.RegisterActivity(c.Webhooks)
		workers = append(workers, tell)
	}
	defer c.Drain()
	var stopping sync.WaitGroup
	defer stopping.Wait()
	for _, w := range workers {
		if err := w.Start(); err != nil {
			return fmt.Errorf("start worker: %w", err)
		}
		defer stopping.Go(w.Stop) // both at once: each may take StopTimeout
	}
	if c.Ready != nil {
		c.Ready()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return fmt.Errorf("worker: %w", err)
	}
}
