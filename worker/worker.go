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
	"countersign/internal/temporalx"
	"countersign/workflows"
)

// Config is what a worker needs.
type Config struct {
	Engine     client.Client
	Activities *activities.Activities
	// Webhooks delivers events; nil leaves that to other workers.
	Webhooks *activities.Webhooks
	// Batches starts many activations; nil leaves that to other workers.
	Batches *activities.Batches
	// Retention deletes old data; nil leaves that to other workers.
	Retention *activities.Retention
	// Drain waits until no mail is being sent; see activities.New.
	Drain func()
	// MailPerSecond limits the mail queue, all workers together; 0 is unlimited.
	MailPerSecond float64
	// Build is the build id of this worker. A worker with a build id gets tasks only while
	// its build is released (see ops.Release); one without gets tasks while no build is.
	Build string
	// StopTimeout is how long running activities may take once the worker stops. Keep it
	// above the longest single attempt.
	StopTimeout  time.Duration
	Interceptors []interceptor.WorkerInterceptor
	// Ready is called once, when the worker polls.
	Ready func()
}

// DefaultStopTimeout is above the longest attempt of an activity.
const DefaultStopTimeout = 35 * time.Second

// maxWebhooks bounds how many webhooks a worker calls at a time.
const maxWebhooks = 50

// stickyCacheSize is the number of workflow executions cached per process, about 130 KiB
// each. An evicted execution is replayed on its next task, within milliseconds.
const stickyCacheSize = 2000

// options returns the options of the worker that polls a task queue.
func options(c Config, queue string) sdk.Options {
	o := sdk.Options{
		WorkerStopTimeout:     c.StopTimeout,
		Interceptors:          c.Interceptors,
		DeploymentOptions:     deploymentOptions(c.Build),
		DisableWorkflowWorker: queue != temporalx.TaskQueue,
	}
	switch queue {
	case temporalx.MailTaskQueue:
		o.TaskQueueActivitiesPerSecond = c.MailPerSecond
	case temporalx.WebhookTaskQueue:
		// Webhooks are third-party endpoints: a slow one must delay other webhooks only.
		o.MaxConcurrentActivityExecutionSize = maxWebhooks
	}
	return o
}

// deploymentOptions lets workflow executions move to the released build at their next
// workflow task (auto-upgrade). A collaboration lasts longer than every build, so none is
// pinned to the build that started it.
func deploymentOptions(build string) sdk.DeploymentOptions {
	if build == "" {
		return sdk.DeploymentOptions{}
	}
	return sdk.DeploymentOptions{
		UseVersioning:             true,
		Version:                   sdk.WorkerDeploymentVersion{DeploymentName: temporalx.Deployment, BuildID: build},
		DefaultVersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
	}
}

// Run polls until the context ends, then waits for running activities. It returns nil
// after an orderly stop.
func Run(ctx context.Context, c Config) error {
	sdk.SetStickyWorkflowCacheSize(stickyCacheSize)
	failed := make(chan error, 3) // one for each worker, so that none blocks
	newWorker := func(queue string) sdk.Worker {
		o := options(c, queue)
		o.OnFatalError = func(err error) { failed <- err }
		return sdk.New(c.Engine, queue, o)
	}
	flow := newWorker(temporalx.TaskQueue)
	flow.RegisterWorkflowWithOptions(workflows.ActivationWorkflow, workflow.RegisterOptions{Name: temporalx.ActivationWorkflowType})
	flow.RegisterWorkflowWithOptions(workflows.NotificationWorkflow, workflow.RegisterOptions{Name: temporalx.NotificationWorkflowType})
	flow.RegisterWorkflowWithOptions(workflows.DirectoryMailWorkflow, workflow.RegisterOptions{Name: temporalx.DirectoryMailWorkflowType})
	flow.RegisterWorkflowWithOptions(workflows.AccessWorkflow, workflow.RegisterOptions{Name: temporalx.AccessWorkflowType})
	flow.RegisterWorkflowWithOptions(workflows.WebhookWorkflow, workflow.RegisterOptions{Name: temporalx.WebhookWorkflowType})
	flow.RegisterWorkflowWithOptions(workflows.BatchWorkflow, workflow.RegisterOptions{Name: temporalx.BatchWorkflowType})
	flow.RegisterWorkflowWithOptions(workflows.RetentionWorkflow, workflow.RegisterOptions{Name: temporalx.RetentionWorkflowType})
	flow.RegisterActivity(c.Activities)
	if c.Batches != nil {
		flow.RegisterActivity(c.Batches)
	}
	if c.Retention != nil {
		flow.RegisterActivity(c.Retention)
	}

	mail := newWorker(temporalx.MailTaskQueue)
	mail.RegisterActivity(c.Activities)

	workers := []sdk.Worker{flow, mail}
	if c.Webhooks != nil {
		webhooks := newWorker(temporalx.WebhookTaskQueue)
		webhooks.RegisterActivity(c.Webhooks)
		workers = append(workers, webhooks)
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
