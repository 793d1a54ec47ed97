package worker_test

import (
	"testing"

	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/internal/temporalx"
	"countersign/worker"
)

var taskQueues = []string{temporalx.TaskQueue, temporalx.MailTaskQueue, temporalx.WebhookTaskQueue}

// Temporal enforces the rate across all workers of a queue. The mail provider's rate must
// bound the mail queue, and no other: the rate would delay every step of an activation.
func TestRun_LimitsRateOfMailQueueOnly(t *testing.T) {
	t.Parallel()
	const rate = 7
	for _, queue := range taskQueues {
		want := 0.0
		if queue == temporalx.MailTaskQueue {
			want = rate
		}
		o := worker.Options(worker.Config{MailPerSecond: rate}, queue)
		if got := o.TaskQueueActivitiesPerSecond; got != want {
			t.Errorf("the queue %s is limited to %g activities per second, want %g (0 is unlimited)", queue, got, want)
		}
	}
}

// An execution lasts longer than a build, so a pinned one would wait for workers of a
// build that no longer run.
func TestRun_VersionsAreAutoUpgraded(t *testing.T) {
	t.Parallel()
	for _, queue := range taskQueues {
		got := worker.Options(worker.Config{Build: "2"}, queue).DeploymentOptions
		want := sdk.DeploymentOptions{
			UseVersioning:             true,
			Version:                   sdk.WorkerDeploymentVersion{DeploymentName: temporalx.Deployment, BuildID: "2"},
			DefaultVersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
		}
		if got != want {
			t.Errorf("the queue %s has the deployment options %+v, want %+v", queue, got, want)
		}
		if got := worker.Options(worker.Config{}, queue).DeploymentOptions; got.UseVersioning {
			t.Errorf("without a build, the worker of %s is versioned", queue)
		}
	}
}
