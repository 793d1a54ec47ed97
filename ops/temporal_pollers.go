package ops

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/sdk/client"

	"countersign/internal/temporalx"
)

// taskQueue is one of the queues that a worker polls.
type taskQueue struct {
	name     string
	taskType enums.TaskQueueType
}

var taskQueues = []taskQueue{
	{temporalx.TaskQueue, enums.TASK_QUEUE_TYPE_WORKFLOW},
	{temporalx.TaskQueue, enums.TASK_QUEUE_TYPE_ACTIVITY},
	{temporalx.MailTaskQueue, enums.TASK_QUEUE_TYPE_ACTIVITY},
	{temporalx.WebhookTaskQueue, enums.TASK_QUEUE_TYPE_ACTIVITY},
}

// pollerTimeout is longer than one poll of a worker lasts. Temporal lists a poller for
// some minutes after its worker has stopped.
const pollerTimeout = 2 * time.Minute

// QueuesWithoutPollers returns the task queues that no worker of a build polls; the
// build "" means unversioned workers.
func (t *Temporal) QueuesWithoutPollers(ctx context.Context, build string) ([]string, error) {
	isRegistered, err := t.registeredQueues(ctx, build)
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, q := range taskQueues {
		d, err := t.client.DescribeTaskQueue(ctx, q.name, q.taskType)
		if err != nil {
			return nil, err
		}
		if !isRegistered(q) || !slices.ContainsFunc(d.GetPollers(), func(p *taskqueue.PollerInfo) bool {
			return buildOf(p) == build && time.Since(p.GetLastAccessTime().AsTime()) < pollerTimeout
		}) {
			missing = append(missing, q.name)
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing), nil
}

// registeredQueues returns whether Temporal has registered a queue with a build's
// version, which happens a moment after the build's first poll. Temporal routes no tasks
// of an unregistered queue to the build.
func (t *Temporal) registeredQueues(ctx context.Context, build string) (func(taskQueue) bool, error) {
	if build == "" {
		return func(taskQueue) bool { return true }, nil
	}
	d, err := t.client.WorkerDeploymentClient().GetHandle(temporalx.Deployment).DescribeVersion(ctx, client.WorkerDeploymentDescribeVersionOptions{BuildID: build})
	var notFound *serviceerror.NotFound
	if err != nil && !errors.As(err, &notFound) {
		return nil, err
	}
	return func(q taskQueue) bool {
		return slices.Contains(d.Info.TaskQueuesInfos, client.WorkerDeploymentTaskQueueInfo{Name: q.name, Type: client.TaskQueueType(q.taskType)})
	}, nil
}

// buildOf returns the build that a poller names. An unversioned poller may report a build
// ID all the same: the checksum of its program.
func buildOf(p *taskqueue.PollerInfo) string {
	if p.GetDeploymentOptions().GetWorkerVersioningMode() != enums.WORKER_VERSIONING_MODE_VERSIONED {
		return ""
	}
	return p.GetDeploymentOptions().GetBuildId()
}
