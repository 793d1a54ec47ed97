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

	"countersign/internal/temporalx"
)

// Routing returns the routing of the worker deployment.
func (t *Temporal) Routing(ctx context.Context) (r Routing, propagated bool, err error) {
	info, err := t.deployment(ctx)
	routing := info.GetRoutingConfig()
	r = Routing{Build: routing.GetCurrentDeploymentVersion().GetBuildId(), Percent: routing.GetRampingVersionPercentage()}
	if r.Percent > 0 {
		r.Next = routing.GetRampingDeploymentVersion().GetBuildId()
	}
	return r, info.GetRoutingConfigUpdateState() != enums.ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS, err
}

// NeverRouted reports whether no build was ever released.
func (t *Temporal) NeverRouted(ctx context.Context) (bool, error) {
	info, err := t.deployment(ctx)
	routing := info.GetRoutingConfig()
	return routing.GetCurrentVersionChangedTime() == nil && routing.GetRampingVersionChangedTime() == nil, err
}

// deployment returns nil before the first versioned worker has polled. It uses the gRPC
// service, because the SDK's client does not return the state of the propagation, and
// retries while Temporal is rate limited, as the client would.
func (t *Temporal) deployment(ctx context.Context) (*deployment.WorkerDeploymentInfo, error) {
	for {
		d, err := t.client.WorkflowService().DescribeWorkerDeployment(ctx, &workflowservice.DescribeWorkerDeploymentRequest{
			Namespace: t.namespace, DeploymentName: temporalx.Deployment,
		})
		var notFound *serviceerror.NotFound
		var rateLimited *serviceerror.ResourceExhausted
		switch {
		case errors.As(err, &notFound):
			return nil, nil
		case !errors.As(err, &rateLimited):
			return d.GetWorkerDeploymentInfo(), err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pollInterval):
		}
	}
}

// SetRouting changes the routing. Temporal rejects a build that does not poll every task
// queue of the current one.
func (t *Temporal) SetRouting(ctx context.Context, r Routing) error {
	d := t.client.WorkerDeploymentClient().GetHandle(temporalx.Deployment)
	_, err := d.SetCurrentVersion(ctx, client.WorkerDeploymentSetCurrentVersionOptions{BuildID: r.Build})
	if err == nil {
		_, err = d.SetRampingVersion(ctx, client.WorkerDeploymentSetRampingVersionOptions{BuildID: r.Next, Percentage: r.Percent})
	}
	return err
}
