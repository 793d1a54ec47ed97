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

// queues are what a worker polls, each for one thing that shows it.
var queues = map[string]enums.TaskQueueType{
	collaboration.TaskQueue:     enums.TASK_QUEUE_TYPE_WORKFLOW,
	collaboration.MailTaskQueue: enums.TASK_QUEUE_TYPE_ACTIVITY,
	collaboration.WebhookQueue:  enums.TASK_QUEUE_TYPE_ACTIVITY,
}

// seenWithin is above the longest that a worker waits for a task. The engine
// remembers one that is gone for some minutes.
const seenWithin = 2 * time.Minute

// Released is the build whose workers are given tasks; "" where those are that
// name none.
func (s *Starter) Released(ctx context.Context) (build string, err error) {
	d, err := s.engine.WorkerDeploymentClient().GetHandle(collaboration.Deployment).Describe(ctx, client.WorkerDeploymentDescribeOptions{})
	var none *serviceerror.NotFound
	switch current := d.Info.RoutingConfig.CurrentVersion; {
	case errors.As(err, &none):
		return "", nil
	case err != nil:
		return "", engineError(err)
	case current != nil:
		return current.BuildID, nil
	}
	return "", nil
}

// Unpolled are the queues that no worker of a build has asked for tasks lately;
// "" is of those that name none.
func (s *Starter) Unpolled(ctx context.Context, build string) ([]string, error) {
	var none []string
	for queue, kind := range queues {
		d, err := s.engine.DescribeTaskQueue(ctx, queue, kind)
		if err != nil {
			return nil, engineError(err)
		}
		if !slices.ContainsFunc(d.GetPollers(), func(p *taskqueue.PollerInfo) bool {
			return buildOf(p) == build && time.Since(p.GetLastAccessTime().AsTime()) < seenWithin
		}) {
			none = append(none, queue)
		}
	}
	slices.Sort(none)
	return none, nil
}

func buildOf(p *taskqueue.PollerInfo) string {
	if p.GetDeploymentOptions().GetWorkerVersioningMode() != enums.WORKER_VERSIONING_MODE_VERSIONED {
		return "" // it may have a build id all the same, of the program
	}
	return p.GetDeploymentOptions().GetBuildId()
}
