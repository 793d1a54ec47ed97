package starter

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/sdk/client"

	"countersign/collaboration"
)

// queue is one thing that a worker polls for.
type queue struct {
	name string
	kind enums.TaskQueueType
}

var queues = []queue{
	{collaboration.TaskQueue, enums.TASK_QUEUE_TYPE_WORKFLOW},
	{collaboration.TaskQueue, enums.TASK_QUEUE_TYPE_ACTIVITY},
	{collaboration.MailTaskQueue, enums.TASK_QUEUE_TYPE_ACTIVITY},
	{collaboration.WebhookQueue, enums.TASK_QUEUE_TYPE_ACTIVITY},
}

// seenWithin is above the longest that a worker waits for a task. The engine
// remembers one that is gone for some minutes.
const seenWithin = 2 * time.Minute

// Unpolled are the queues that no worker of a build has asked for tasks lately;
// "" is of those that name none.
func (s *Starter) Unpolled(ctx context.Context, build string) ([]string, error) {
	known, err := s.known(ctx, build)
	if err != nil {
		return nil, err
	}
	var none []string
	for _, q := range queues {
		d, err := s.engine.DescribeTaskQueue(ctx, q.name, q.kind)
		if err != nil {
			return nil, engineError(err)
		}
		if !known(q) || !slices.ContainsFunc(d.GetPollers(), func(p *taskqueue.PollerInfo) bool {
			return buildOf(p) == build && time.Since(p.GetLastAccessTime().AsTime()) < seenWithin
		}) {
			none = append(none, q.name)
		}
	}
	slices.Sort(none)
	return slices.Compact(none), nil
}

// known is whether the engine has written down that a build polls a queue, which
// it does a moment after the first worker of the build has come: what is not
// written down is not routed.
func (s *Starter) known(ctx context.Context, build string) (func(queue) bool, error) {
	if build == "" {
		return func(queue) bool { return true }, nil
	}
	d, err := s.engine.WorkerDeploymentClient().GetHandle(collaboration.Deployment).DescribeVersion(ctx, client.WorkerDeploymentDescribeVersionOptions{BuildID: build})
	var none *serviceerror.NotFound
	if err != nil && !errors.As(err, &none) {
		return nil, engineError(err)
	}
	return func(q queue) bool {
		return slices.Contains(d.Info.TaskQueuesInfos, client.WorkerDeploymentTaskQueueInfo{Name: q.name, Type: client.TaskQueueType(q.kind)})
	}, nil
}

func buildOf(p *taskqueue.PollerInfo) string {
	if p.GetDeploymentOptions().GetWorkerVersioningMode() != enums.WORKER_VERSIONING_MODE_VERSIONED {
		return "" // it may have a build id all the same, of the program
	}
	return p.GetDeploymentOptions().GetBuildId()
}
