package e2e_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/internal/mail"
	"countersign/internal/store"
	"countersign/worker"
)

// slowMail is a provider that takes its time.
type slowMail struct {
	takes time.Duration
	begun chan struct{}
	sent  atomic.Int32
}

func (s *slowMail) Send(context.Context, mail.Message) (string, error) {
	s.begun <- struct{}{}
	time.Sleep(s.takes)
	s.sent.Add(1)
	return "provider-id", nil
}

// run works in this process until the context ends. Its facts are closed
// behind it, as a real process's are: what is recorded later is lost.
func (d *desk) run(ctx context.Context, engine client.Client, sender mail.Sender, ready func()) error {
	facts, err := store.Open(ctx, "sqlite:"+filepath.Join(d.dir, "facts.db"))
	if err != nil {
		return err
	}
	defer facts.Close()
	if r, ok := engine.(reader); ok {
		engine = r.Client // a worker takes the SDK's own alone
	}
	steps, drain := activities.New(facts, mail.NewMailer(sender, collaboration.DefaultCatalogue, "no-reply@countersign.example", "Countersign"), anyLink{}, noLimit{})
	return worker.Run(ctx, worker.Config{
		Engine: engine, Activities: steps, Drain: drain, MailPerSecond: 100, StopTimeout: worker.DefaultStopTimeout, Ready: ready,
	})
}

// A worker that is told to stop finishes the mail that is on its way, also one
// that takes longer than its step may, and records it: the next worker does not
// send it again.
func TestAWorkerFinishesWhatItBegan(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	for _, takes := range []time.Duration{500 * time.Millisecond, 4 * time.Second} {
		t.Run(takes.String(), func(t *testing.T) {
			sender := &slowMail{takes: takes, begun: make(chan struct{}, 9)}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			ended := make(chan error, 1)
			go func() { ended <- d.run(ctx, d.client, sender, nil) }()
			id := d.mustStart(d.order())
			<-sender.begun
			stop()
			if err := <-ended; err != nil {
				t.Errorf("the worker ended with %v", err)
			}
			if n := sender.sent.Load(); n != 1 {
				t.Errorf("%d mails were sent when the worker had ended", n)
			}
			a := d.activation(id)
			if a.Invitation == nil || a.Invitation.Delivery != collaboration.DeliveryAccepted {
				t.Errorf("recorded: %+v", a.Invitation)
			}

			next, stopNext := context.WithCancel(t.Context())
			defer stopNext()
			go func() { ended <- d.run(next, d.client, sender, nil) }()
			d.awaitStanding(id, collaboration.AwaitingApproval)
			stopNext()
			if err := <-ended; err != nil {
				t.Errorf("the next worker ended with %v", err)
			}
			if n := sender.sent.Load(); n != 1 {
				t.Errorf("%d mails were sent in all", n)
			}
			if got := actions(d.activation(id)); strings.Count(got, "invitation_sent") != 1 {
				t.Errorf("events %s", got)
			}
		})
	}
}

// awaitStanding waits until the run itself has come somewhere: the facts are
// written a moment before.
func (d *desk) awaitStanding(id collaboration.ActivationID, state collaboration.State) {
	d.t.Helper()
	var s collaboration.Standing
	var err error
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if s, err = d.Standing(d.t.Context(), id); err == nil && s.State == state {
			return
		}
	}
	d.t.Fatalf("it stands at %+v, %v", s, err)
}

func TestAWorkerThatIsIdleStopsAtOnce(t *testing.T) {
	d := openDesk(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	readied := 0
	if err := d.run(ctx, d.client, &slowMail{}, func() { readied++; stop() }); err != nil {
		t.Error(err)
	}
	if readied != 1 {
		t.Errorf("ready was told %d times", readied)
	}
}

func TestAWorkerThatTheEngineRefuses(t *testing.T) {
	d := openDesk(t)
	nowhere, err := client.NewClientFromExisting(d.client, client.Options{Namespace: "nowhere"})
	if err != nil {
		t.Fatal(err)
	}
	defer nowhere.Close()
	err = d.run(t.Context(), nowhere, &slowMail{}, func() { t.Error("it says that it works") })
	if err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("got %v", err)
	}
}
