package harness

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdk "go.temporal.io/sdk/worker"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/collaboration/catalogue"
	"countersign/internal/auditkey"
	"countersign/internal/eventually"
	"countersign/internal/mail"
	"countersign/internal/store"
	"countersign/internal/temporalx"
	"countersign/worker"
)

// RunWorkerWith runs a worker in this process until it is stopped.
func (d *DirectClient) RunWorkerWith(sender mail.Sender, interceptors ...interceptor.WorkerInterceptor) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(d.T.Context()))
	ended := make(chan error, 1)
	go func() { ended <- d.RunWorker(ctx, d.Client, sender, nil, interceptors...) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			d.T.Errorf("the worker stopped with %v", err)
		}
	}
}

// RunActivities runs activities and no workflows until it is stopped, as a worker
// does that completes its activities while it stops.
func (d *DirectClient) RunActivities(sender mail.Sender) (stop func()) {
	d.T.Helper()
	database, err := openStore(context.WithoutCancel(d.T.Context()), d.Dir)
	NoError(d.T, err)
	steps, drain := newActivities(database, sender)
	stops := []func(){func() { database.Close() }, drain}
	for _, queue := range []string{temporalx.TaskQueue, temporalx.MailTaskQueue} {
		w := sdk.New(d.Client, queue, sdk.Options{DisableWorkflowWorker: true})
		w.RegisterActivity(steps)
		NoError(d.T, w.Start())
		stops = append(stops, w.Stop)
	}
	return func() {
		for _, stop := range slices.Backward(stops) {
			stop()
		}
	}
}

// openStore opens the database in a stack's folder. It signs the audit with the stack's
// key, if there is one.
func openStore(ctx context.Context, dir string) (*store.Store, error) {
	database, err := store.Open(ctx, DatabaseIn(dir))
	if err != nil {
		return nil, err
	}
	key, err := os.ReadFile(filepath.Join(dir, "audit.key"))
	if errors.Is(err, fs.ErrNotExist) {
		return database, nil
	}
	seed, decodeErr := base64.StdEncoding.DecodeString(string(key))
	signer, signerErr := auditkey.New([][]byte{seed}, nil)
	if err := errors.Join(err, decodeErr, signerErr); err != nil {
		return nil, errors.Join(err, database.Close())
	}
	database.SignAudit(signer)
	return database, nil
}

func newActivities(database *store.Store, sender mail.Sender) (steps *activities.Activities, drain func()) {
	return activities.New(database, mail.NewMailer(sender, catalogue.Embedded, "no-reply@countersign.example", "Countersign"), StubLinks{}, Unlimited{}, catalogue.Embedded)
}

// RunWorker runs a worker in this process until the context ends. It closes the
// database afterwards, as a process does, so that later writes fail.
func (d *DirectClient) RunWorker(ctx context.Context, temporal client.Client, sender mail.Sender, ready func(), interceptors ...interceptor.WorkerInterceptor) error {
	database, err := openStore(ctx, d.Dir)
	if err != nil {
		return err
	}
	defer database.Close()
	steps, drain := newActivities(database, sender)
	return worker.Run(ctx, worker.Config{
		Engine: temporal, Activities: steps, Drain: drain, MailPerSecond: 100, StopTimeout: worker.DefaultStopTimeout, Ready: ready, Interceptors: interceptors,
	})
}

// AwaitWorkflowState waits until the workflow execution is in a state. The execution
// reaches it after the database has it.
func (d *DirectClient) AwaitWorkflowState(id collaboration.ActivationID, state collaboration.State) {
	d.T.Helper()
	eventually.OK(d.T, "the workflow is "+string(state), func() error {
		s, err := d.Status(d.T.Context(), id)
		if err == nil && s.State != state {
			err = fmt.Errorf("it is %s", s.State)
		}
		return err
	})
}

// WrapOutbound returns a workflow interceptor that replaces the outbound calls.
func WrapOutbound(next interceptor.WorkflowInboundInterceptor, wrap func(interceptor.WorkflowOutboundInterceptor) interceptor.WorkflowOutboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &outboundWrapper{interceptor.WorkflowInboundInterceptorBase{Next: next}, wrap}
}

type outboundWrapper struct {
	interceptor.WorkflowInboundInterceptorBase
	wrap func(interceptor.WorkflowOutboundInterceptor) interceptor.WorkflowOutboundInterceptor
}

func (w *outboundWrapper) Init(outbound interceptor.WorkflowOutboundInterceptor) error {
	return w.Next.Init(w.wrap(outbound))
}
