package rehearsal_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"countersign/dev/harness"
	"countersign/dev/harness/load"
	"countersign/dev/temporalserver"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
	"countersign/internal/temporalx"
)

var mailCount = flag.Int("mails", 200, "how many invitations TestMailRate requests at once")

const (
	// configuredRate is the rate of the mail queue, and of each worker beside it, in
	// mails per second. It is so low that mails pass the queue only after an operator
	// has raised its rate, however slow the machine is.
	configuredRate = .01
	// watchedRate is the queue's rate while the test counts mails, openRate the rate
	// that lets all others pass.
	watchedRate, openRate = 10, 500
	// maxBurstSeconds bounds the mails that pass at once after a pause: a limiter
	// saves up the tokens of a second.
	maxBurstSeconds = 2
)

// More invitations are requested than may be mailed. Every request is accepted, and
// the mails wait in Temporal's queue. An operator changes the queue's rate while
// they wait.
func TestMailRate(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	s := harness.StartSite(t, fmt.Sprintf("COUNTERSIGN_MAIL_PER_SECOND=%g", configuredRate))
	c := load.NewCallers(s, 0, load.OutcomeUnavailable, load.OutcomeRateLimited)
	c.OfficeFor = s.EitherOffice
	temporal := s.Office(t, 0).TemporalWithoutKeys()
	t.Cleanup(temporal.Close)
	importCustomers(c, *mailCount)
	began := time.Now()
	activateAll(c, concurrentCallers, firstRequests(*mailCount))
	accepted := time.Since(began)
	queued := awaitQueued(s, temporal, *mailCount)
	sent := len(s.Mail.All())
	t.Logf("%d requests were accepted in %s; then %d mails were sent and %d waited in Temporal's queue", *mailCount, accepted.Round(time.Millisecond), sent, queued)
	if limiters := float64(1 + len(s.Workers)); float64(sent) > limiters*(1+configuredRate*time.Since(began).Seconds()) {
		t.Errorf("%d mails were sent by %.0f limiters, of which each sends one and then %g a second", sent, limiters, configuredRate)
	}

	setMailRate(s, temporal, watchedRate)
	began, sent = time.Now(), len(s.Mail.All())
	more := 0
	eventually.True(t, "a fifth of the mails is sent at the raised rate", func() bool {
		more = len(s.Mail.All()) - sent
		return more >= *mailCount/5
	})
	took := time.Since(began).Seconds()
	t.Logf("at a rate of %d, %.1f mails were sent a second", watchedRate, float64(more)/took)
	if float64(more) > 1.2*watchedRate*(took+maxBurstSeconds) {
		t.Errorf("%d mails were sent in %.1f s", more, took)
	}

	setMailRate(s, temporal, openRate)
	began, sent = time.Now(), len(s.Mail.All())
	awaitPending(c, *mailCount)
	t.Logf("at a rate of %d, %.1f mails were sent a second", openRate, float64(*mailCount-sent)/time.Since(began).Seconds())
	c.WantConsistent(t)
}

// setMailRate bounds the mail queue, as "temporal task-queue config set" does.
func setMailRate(s *harness.Site, c client.Client, perSecond float32) {
	s.T.Helper()
	if _, err := c.WorkflowService().UpdateTaskQueueConfig(s.T.Context(), &workflowservice.UpdateTaskQueueConfigRequest{
		Namespace: temporalserver.Namespace, TaskQueue: temporalx.MailTaskQueue, TaskQueueType: enums.TASK_QUEUE_TYPE_ACTIVITY,
		UpdateQueueRateLimit: &workflowservice.UpdateTaskQueueConfigRequest_RateLimitUpdate{
			RateLimit: &taskqueue.RateLimit{RequestsPerSecond: perSecond}, Reason: "the provider accepts more",
		},
	}); err != nil {
		s.T.Fatal(err)
	}
}

// awaitQueued waits until nine of ten mails are sent or wait in Temporal's queue: the
// queue's count is approximate. It returns how many wait.
func awaitQueued(s *harness.Site, c client.Client, all int) (queued int) {
	s.T.Helper()
	awaitCount(s.T, "mails are sent or queued", all*9/10, func() (int, error) {
		queued = mailBacklog(s, c)
		return queued + len(s.Mail.All()), nil
	})
	return queued
}

// mailBacklog returns how many mails wait in Temporal's queue.
func mailBacklog(s *harness.Site, c client.Client) int {
	s.T.Helper()
	d, err := c.WorkflowService().DescribeTaskQueue(s.T.Context(), &workflowservice.DescribeTaskQueueRequest{
		Namespace: temporalserver.Namespace, TaskQueue: &taskqueue.TaskQueue{Name: temporalx.MailTaskQueue},
		TaskQueueType: enums.TASK_QUEUE_TYPE_ACTIVITY, ReportStats: true,
	})
	if err != nil {
		s.T.Fatal(err)
	}
	return int(d.GetStats().GetApproximateBacklogCount())
}
