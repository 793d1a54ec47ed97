package ops

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/deployment/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"countersign/collaboration"
)

// Routing is how the engine has it.
func (t *Temporal) Routing(ctx context.Context) (r Routing, settled bool, err error) {
	info, err := t.deployment(ctx)
	routing := info.GetRoutingConfig()
	r = Routing{Build: routing.GetCurrentDeploymentVersion().GetBuildId(), Percent: routing.GetRampingVersionPercentage()}
	if r.Percent > 0 {
		r.Next = routing.GetRampingDeploymentVersion().GetBuildId()
	}
	return r, info.GetRoutingConfigUpdateState() != enums.ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS, err
}

// Untouched is whether nobody has ever released a build.
func (t *Temporal) Untouched(ctx context.Context) (bool, error) {
	info, err := t.deployment(ctx)
	routing := info.GetRoutingConfig()
	return routing.GetCurrentVersionChangedTime() == nil && routing.GetRampingVersionChangedTime() == nil, err
}

// deployment is nil where no worker has named its build yet. The engine is asked
// past its client, which does not say whether a change is settled, and asked
// again while it is busy, as that client would.
func (t *Temporal) deployment(ctx context.Context) (*deployment.WorkerDeploymentInfo, error) {
	for {
		d, err := t.engine.WorkflowService().DescribeWorkerDeployment(ctx, &workflowservice.DescribeWorkerDeploymentRequest{
			Namespace: t.namespace, DeploymentName: collaboration.Deployment,
		})
		var none *serviceerror.NotFound
		var busy *serviceerror.ResourceExhausted
		switch {
		case errors.As(err, &none):
			return nil, nil
		case !errors.As(err, &busy):
			return d.GetWorkerDeploymentInfo(), err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(askEvery):
		}
	}
}

// Unpolled are the queues that no worker of a build asks for tasks.
func (t *Temporal) Unpolled(ctx context.Context, build string) ([]string, error) {
	return t.activations.Unpolled(ctx, build)
}

// Route changes who is given tasks. The engine refuses a build that does not
// poll what the one before does.
func (t *Temporal) Route(ctx context.Context, r Routing) error {
	d := t.engine.WorkerDeploymentClient().GetHandle(collaboration.Deployment)
	_, err := d.SetCurrentVersion(ctx, client.WorkerDeploymentSetCurrentVersionOptions{BuildID: r.Build})
	if err == nil {
		_, err = d.SetRampingVersion(ctx, client.WorkerDeploymentSetRampingVersionOptions{BuildID: r.Next, Percentage: r.Percent})
	}
	return err
}
