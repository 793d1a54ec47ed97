package e2e_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"countersign/collaboration"
	"countersign/dev/engine"
)

var mailing = flag.Int("mails", 200, "how many invitations TestMailsTakeTurns asks for at once")

const (
	// mailsASecond go out by the queue, and as many by each worker besides.
	mailsASecond = 4
	// raised is what an operator makes of the queue's rate.
	raised = 500
	// watched is for how long a rate is looked at.
	watched = 5 * time.Second
)

// More invitations are asked for than may be mailed: each is accepted, and its mail
// waits in the engine's queue. An operator changes that queue's rate while they wait.
func TestMailsTakeTurns(t *testing.T) {
	t.Parallel()
	s := openSite(t, fmt.Sprintf("COUNTERSIGN_MAIL_PER_SECOND=%d", mailsASecond))
	c := newCallers(s, 0, unavailable, tooMany)
	c.at = s.either
	engine := s.office(t, 0).plainEngine()
	t.Cleanup(engine.Close)
	c.prepare(*mailing)
	began := time.Now()
	c.atATime(starters, firstOnes(*mailing))
	accepted := time.Since(began)
	waiting := s.awaitQueued(engine, *mailing)
	sent, took := len(s.mail.all()), time.Since(began)
	t.Logf("%d accepted in %s; %d were mailed until %d waited in the engine's queue", *mailing, accepted.Round(time.Millisecond), sent, waiting)
	most := 1.2 * mailsASecond * float64(1+len(s.workers)) // some are still tried by the workers
	if all := most * (took.Seconds() + 1); float64(sent) > all {
		t.Errorf("that are more than %.0f", all)
	}
	rate := s.mailed(watched)
	t.Logf("then %.1f a second", rate)
	if rate > most || rate == 0 {
		t.Errorf("that is not up to %.0f", most)
	}

	s.mailRate(engine, raised)
	began, left := time.Now(), *mailing-len(s.mail.all())
	c.awaitWaiting(*mailing)
	faster := float64(left) / time.Since(began).Seconds()
	t.Logf("and %.1f a second once the queue may send %d", faster, raised)
	if faster < most {
		t.Error("the queue's rate is what it was")
	}
	c.wantRight(t)
}

// mailed is how many mails go out a second.
func (s *site) mailed(within time.Duration) float64 {
	before := len(s.mail.all())
	time.Sleep(within)
	return float64(len(s.mail.all())-before) / within.Seconds()
}

// mailRate bounds the mail queue, as `temporal task-queue config set` does.
func (s *site) mailRate(c client.Client, perSecond float32) {
	s.t.Helper()
	if _, err := c.WorkflowService().UpdateTaskQueueConfig(s.t.Context(), &workflowservice.UpdateTaskQueueConfigRequest{
		Namespace: engine.Namespace, TaskQueue: collaboration.MailTaskQueue, TaskQueueType: enums.TASK_QUEUE_TYPE_ACTIVITY,
		UpdateQueueRateLimit: &workflowservice.UpdateTaskQueueConfigRequest_RateLimitUpdate{
			RateLimit: &taskqueue.RateLimit{RequestsPerSecond: perSecond}, Reason: "the provider takes more",
		},
	}); err != nil {
		s.t.Fatal(err)
	}
}

// awaitQueued waits until of so many mails all are out or wait in the engine's queue,
// but for a few that are between the two, and tells how many wait.
func (s *site) awaitQueued(c client.Client, all int) int {
	s.t.Helper()
	for seen, end := 0, time.Now().Add(giveUp); ; time.Sleep(again) {
		n, sent := s.backlog(c), len(s.mail.all())
		if n+sent >= all*9/10 {
			return n
		}
		if n+sent > seen {
			seen, end = n+sent, time.Now().Add(giveUp)
		} else if time.Now().After(end) {
			s.t.Fatalf("of %d mails %d are out and %d wait in the engine's queue", all, sent, n)
		}
	}
}

// backlog is how many mails wait in the engine's queue.
func (s *site) backlog(c client.Client) int {
	s.t.Helper()
	d, err := c.WorkflowService().DescribeTaskQueue(s.t.Context(), &workflowservice.DescribeTaskQueueRequest{
		Namespace: engine.Namespace, TaskQueue: &taskqueue.TaskQueue{Name: collaboration.MailTaskQueue},
		TaskQueueType: enums.TASK_QUEUE_TYPE_ACTIVITY, ReportStats: true,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return int(d.GetStats().GetApproximateBacklogCount())
}
