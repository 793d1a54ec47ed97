package e2e_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
)

// A worker that gets a stop signal finishes the mail in progress and records it, even
// if the mail takes longer than the timeout of its activity. The next worker does not
// send it again.
func TestWorker_FinishesMailBeforeStopping(t *testing.T) {
	t.Parallel()
	d := harness.OpenDirectClient(t)
	for _, duration := range []time.Duration{500 * time.Millisecond, 4 * time.Second} {
		t.Run(duration.String(), func(t *testing.T) {
			sender := &external.SlowMailer{Duration: duration, Started: make(chan struct{}, 9)}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			ended := make(chan error, 1)
			go func() { ended <- d.RunWorker(ctx, d.Client, sender, nil) }()
			id := d.MustStart(d.Order())
			<-sender.Started
			stop()
			if err := <-ended; err != nil {
				t.Errorf("the worker stopped with %v", err)
			}
			if n := sender.Sent.Load(); n != 1 {
				t.Errorf("%d mails were sent before the worker stopped, want 1", n)
			}
			a := d.Activation(id)
			if a.Invitation == nil || a.Invitation.Delivery != collaboration.DeliveryAccepted {
				t.Errorf("the recorded invitation is %+v", a.Invitation)
			}

			next, stopNext := context.WithCancel(t.Context())
			defer stopNext()
			go func() { ended <- d.RunWorker(next, d.Client, sender, nil) }()
			d.AwaitWorkflowState(id, collaboration.AwaitingApproval)
			stopNext()
			if err := <-ended; err != nil {
				t.Errorf("the next worker stopped with %v", err)
			}
			if n := sender.Sent.Load(); n != 1 {
				t.Errorf("both workers sent %d mails, want 1", n)
			}
			if got := harness.Actions(d.Activation(id)); strings.Count(got, "invitation_sent") != 1 {
				t.Errorf("events %s", got)
			}
		})
	}
}

func TestWorker_IdleStops(t *testing.T) {
	t.Parallel()
	d := harness.OpenDirectClient(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	calls := 0
	if err := d.RunWorker(ctx, d.Client, &external.SlowMailer{}, func() { calls++; stop() }); err != nil {
		t.Error(err)
	}
	if calls != 1 {
		t.Errorf("the worker called ready %d times, want 1", calls)
	}
}

func TestWorker_UnknownNamespace(t *testing.T) {
	t.Parallel()
	d := harness.OpenDirectClient(t)
	nowhere, err := client.NewClientFromExisting(d.Client, client.Options{Namespace: "nowhere"})
	if err != nil {
		t.Fatal(err)
	}
	defer nowhere.Close()
	err = d.RunWorker(t.Context(), nowhere, &external.SlowMailer{}, func() { t.Error("the worker reports that it is ready") })
	if err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("the error is %v, want one that names the namespace", err)
	}
}
