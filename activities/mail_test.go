package activities_test

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"countersign/activities"
	"countersign/collaboration"
)

// post is the store and the provider of one mail. These tests call no other methods of
// the store.
type post struct {
	activities.Store
	begin    collaboration.DeliveryStatus
	beginErr error
	sendErr  error
	failErr  error
	slow     chan struct{} // the provider answers once it is closed
	sent     atomic.Int32
	finished atomic.Value // collaboration.DeliveryStatus
	failed   atomic.Value // collaboration.Code
	mail     collaboration.Mail
	allowed  bool
	// unrecorded is the number of times that storing fails before it succeeds.
	unrecorded atomic.Int32
}

func (p *post) BeginMail(context.Context, collaboration.Notification, string) (collaboration.Delivery, error) {
	return collaboration.Delivery{Status: p.begin, Mail: collaboration.Mail{DeliveryID: "mail-1", OfficeName: "Office"}}, p.beginErr
}
func (p *post) Invitees(_ context.Context, n collaboration.Notification) ([]string, error) {
	return []string{n.Administrator}, nil
}
func (p *post) FinishMail(ctx context.Context, _ collaboration.Notification, _ string, s collaboration.DeliveryStatus, _ string) error {
	if p.unrecorded.Add(-1) >= 0 {
		return &collaboration.Error{Code: collaboration.CodeUnavailable}
	}
	p.finished.Store(s)
	return ctx.Err()
}
func (p *post) FailMail(_ context.Context, _ collaboration.Notification, _ string, c collaboration.Code) error {
	p.failed.Store(c)
	return p.failErr
}
func (p *post) Send(ctx context.Context, m collaboration.Mail) (string, error) {
	p.sent.Add(1)
	p.mail = m
	if p.slow != nil {
		select {
		case <-p.slow:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return "provider-1", p.sendErr
}
func (p *post) ApprovalURL(id collaboration.ActivationID, generation int, _ time.Time) string {
	return "https://x.example/" + string(id)
}

func (p *post) HomeURL() string { return "https://x.example/" }
func (p *post) SendDirectoryMail(context.Context, collaboration.DirectoryMail) (string, error) {
	return "provider-1", nil
}
func (p *post) ActivationURL(id collaboration.ActivationID) string {
	return "https://x.example/activations/" + string(id)
}
func (p *post) CollaborationURL(id collaboration.ActivationID) string {
	return "https://x.example/" + string(id)
}

func (p *post) Allow() bool { return p.allowed }

var invitation = collaboration.Notification{Activation: "a-1", Kind: collaboration.NotificationInvitation, Generation: 2}

func TestSendInvitation(t *testing.T) {
	t.Parallel()
	wait := 7 * time.Second
	tests := []struct {
		name      string
		post      post
		wantSent  int32
		wantDone  any
		wantFail  any
		wantCode  collaboration.Code
		retryable bool
		delay     time.Duration
	}{
		{name: "sent", post: post{begin: collaboration.DeliverySending}, wantSent: 1, wantDone: collaboration.DeliveryAccepted},
		{name: "sent before", post: post{begin: collaboration.DeliveryAccepted}, wantDone: collaboration.DeliveryAccepted},
		{name: "unconfirmed twice", post: post{begin: collaboration.DeliveryUnconfirmed}, wantDone: collaboration.DeliveryUnconfirmed},
		{name: "leased by another attempt", post: post{begin: collaboration.DeliveryQueued}, wantCode: collaboration.CodeMailUnavailable, retryable: true, delay: 3 * time.Second},
		{name: "rejected", post: post{begin: collaboration.DeliverySending, sendErr: &collaboration.Error{Code: collaboration.CodeMailRejected}}, wantSent: 1, wantDone: collaboration.DeliveryBounced},
		{name: "rejected before", post: post{begin: collaboration.DeliveryBounced}, wantDone: collaboration.DeliveryBounced},
		{name: "unavailable", post: post{begin: collaboration.DeliverySending, sendErr: &collaboration.Error{Code: collaboration.CodeMailUnavailable}}, wantSent: 1, wantFail: collaboration.CodeMailUnavailable, wantCode: collaboration.CodeMailUnavailable, retryable: true},
		{name: "rate limited", post: post{begin: collaboration.DeliverySending, sendErr: &collaboration.Error{Code: collaboration.CodeMailRateLimited, RetryAfter: wait}}, wantSent: 1, wantFail: collaboration.CodeMailRateLimited, wantCode: collaboration.CodeMailRateLimited, retryable: true, delay: wait},
		{name: "answer lost: not stored as failed", post: post{begin: collaboration.DeliverySending, sendErr: &collaboration.Error{Code: collaboration.CodeMailUnconfirmed}}, wantSent: 1, wantCode: collaboration.CodeMailUnconfirmed, retryable: true},
		{name: "not stored: not sent", post: post{beginErr: &collaboration.Error{Code: collaboration.CodeUnavailable}}, wantCode: collaboration.CodeUnavailable, retryable: true},
		{name: "no recipient", post: post{beginErr: &collaboration.Error{Code: collaboration.CodeAdministratorMissing}}, wantCode: collaboration.CodeAdministratorMissing},
	}
	for i := range tests {
		tt := &tests[i]
		t.Run(tt.name, func(t *testing.T) {
			p := &tt.post
			a, drain := activities.New(p, p, p, p, collaboration.Catalogue{})
			bounced, err := a.SendInvitation(t.Context(), invitation)
			drain()
			if (len(bounced) == 1) != (tt.wantDone == collaboration.DeliveryBounced) {
				t.Errorf("reported %+v", bounced)
			}
			if p.sent.Load() != tt.wantSent || p.finished.Load() != tt.wantDone || p.failed.Load() != tt.wantFail {
				t.Errorf("sent %d, finished %v, failed %v", p.sent.Load(), p.finished.Load(), p.failed.Load())
			}
			var failure *temporal.ApplicationError
			if errors.As(err, &failure) {
				if collaboration.Code(failure.Type()) != tt.wantCode || failure.NonRetryable() == tt.retryable || failure.NextRetryDelay() != tt.delay {
					t.Errorf("got %s, non-retryable %v, delay %s", failure.Type(), failure.NonRetryable(), failure.NextRetryDelay())
				}
			} else if err != nil || tt.wantCode != "" {
				t.Errorf("got %v, want %q", err, tt.wantCode)
			}
		})
	}
}

func TestSendInvitation_MailHasLink(t *testing.T) {
	t.Parallel()
	p := &post{begin: collaboration.DeliverySending}
	a, _ := activities.New(p, p, p, p, collaboration.Catalogue{})
	if _, err := a.SendInvitation(t.Context(), invitation); err != nil {
		t.Fatal(err)
	}
	if p.mail.Link != "https://x.example/a-1" || p.mail.DeliveryID != "mail-1" || p.mail.OfficeName != "Office" {
		t.Errorf("mail %+v", p.mail)
	}
}

// An attempt that has begun completes after the activity's timeout: an aborted request may
// deliver the mail, and the store would not have that.
func TestSendInvitation_CompletesAfterTimeout(t *testing.T) {
	t.Parallel()
	p := &post{begin: collaboration.DeliverySending, slow: make(chan struct{})}
	a, drain := activities.New(p, p, p, p, collaboration.Catalogue{})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := a.SendInvitation(ctx, invitation)
	var failure *temporal.ApplicationError
	if !errors.As(err, &failure) || failure.NonRetryable() || failure.NextRetryDelay() == 0 {
		t.Fatalf("got %v", err)
	}
	if p.finished.Load() != nil {
		t.Fatal("finished before the provider answered")
	}
	close(p.slow)
	drain()
	if p.finished.Load() != collaboration.DeliveryAccepted || p.sent.Load() != 1 {
		t.Errorf("sent %d, finished %v", p.sent.Load(), p.finished.Load())
	}
}

// Another attempt may send the mail once the lease has expired. So an attempt has sent
// and stored its mail by then, even if the provider and the database are slow.
func TestSendInvitation_EndsBeforeLeaseExpires(t *testing.T) {
	t.Parallel()
	unavailable := &collaboration.Error{Code: collaboration.CodeUnavailable}
	for name, tt := range map[string]struct {
		hangs      bool  // the provider does not answer
		unrecorded int32 // failed attempts to store that the mail was sent
		failErr    error // the error of storing that it was not sent
	}{
		"provider hangs":                      {hangs: true},
		"database is down":                    {unrecorded: math.MaxInt32},
		"provider hangs and database is down": {hangs: true, failErr: unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &post{begin: collaboration.DeliverySending, failErr: tt.failErr}
				p.unrecorded.Store(tt.unrecorded)
				if tt.hangs {
					p.slow = make(chan struct{})
				}
				a, drain := activities.New(p, p, p, p, collaboration.Catalogue{})
				began := time.Now()
				_, _ = a.SendInvitation(t.Context(), invitation)
				drain()
				if took := time.Since(began); took >= collaboration.MailLease {
					t.Errorf("the attempt took %s, and the lease lasts %s", took, collaboration.MailLease)
				}
			})
		})
	}
}

// The database is unavailable for a moment after the provider has accepted the mail.
func TestSendInvitation_RetriesStoringTheResult(t *testing.T) {
	t.Parallel()
	p := &post{begin: collaboration.DeliverySending}
	p.unrecorded.Store(3)
	a, _ := activities.New(p, p, p, p, collaboration.Catalogue{})
	if _, err := a.SendInvitation(t.Context(), invitation); err != nil || p.finished.Load() != collaboration.DeliveryAccepted || p.sent.Load() != 1 {
		t.Errorf("%v, finished %v, sent %d", err, p.finished.Load(), p.sent.Load())
	}
}

// No task queue limits the rate of local activities, so the worker does.
func TestSendInvitation_LimitsLocalActivities(t *testing.T) {
	t.Parallel()
	var suite testsuite.WorkflowTestSuite
	for _, allowed := range []bool{true, false} {
		p := &post{begin: collaboration.DeliverySending, allowed: allowed}
		a, _ := activities.New(p, p, p, p, collaboration.Catalogue{})
		env := suite.NewTestActivityEnvironment()
		_, err := env.ExecuteLocalActivity(a.SendInvitation, invitation)
		var failure *temporal.ApplicationError
		isLimited := errors.As(err, &failure) && failure.Type() == string(collaboration.CodeMailRateLimited) && !failure.NonRetryable()
		if isLimited == allowed || (p.sent.Load() == 1) != allowed {
			t.Errorf("allowed %v: %v, sent %d", allowed, err, p.sent.Load())
		}
		env = suite.NewTestActivityEnvironment()
		env.RegisterActivity(a)
		if _, err := env.ExecuteActivity(a.SendInvitation, invitation); err != nil {
			t.Errorf("from the queue: %v", err)
		}
	}
}
