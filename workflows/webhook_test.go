package workflows_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/workflows"
)

// receiver is a webhook that counts its requests.
type receiver struct {
	posts, disabled, failed int
	known                   bool
	answer                  func(n int) (gone bool, err error)
	// full is how often the office's share is used before it is free.
	full, released int
}

func (r *receiver) Acquire(context.Context, string) (release func(), ok bool) {
	r.full--
	return func() { r.released++ }, r.full < 0
}

func (r *receiver) WebhookPost(context.Context, collaboration.WebhookDelivery) (collaboration.WebhookPost, bool, error) {
	return collaboration.WebhookPost{}, r.known, nil
}
func (r *receiver) DisableWebhook(context.Context, string, time.Time) error { r.disabled++; return nil }
func (r *receiver) FailWebhook(context.Context, string, time.Time) error    { r.failed++; return nil }
func (r *receiver) Post(context.Context, collaboration.WebhookPost, time.Time) (bool, error) {
	r.posts++
	return r.answer(r.posts)
}

func TestWebhook_DeliversOrGivesUp(t *testing.T) {
	t.Parallel()
	down := &collaboration.Error{Code: collaboration.CodeWebhookUnreachable}
	private := &collaboration.Error{Code: collaboration.CodePrivateAddress}
	for name, tt := range map[string]struct {
		known                   bool
		answer                  func(n int) (bool, error)
		posts, disabled, failed int
		code                    collaboration.Code
		full                    int
	}{
		"at once":       {true, func(int) (bool, error) { return false, nil }, 1, 0, 0, "", 0},
		"full share":    {true, func(int) (bool, error) { return false, nil }, 1, 0, 0, "", 3},
		"after a while": {true, func(n int) (bool, error) { return false, map[bool]error{true: down}[n < 5] }, 5, 0, 0, "", 0},
		"gone":          {true, func(int) (bool, error) { return true, nil }, 1, 1, 0, "", 0},
		"removed":       {false, nil, 0, 0, 0, "", 0},
		"never":         {true, func(int) (bool, error) { return false, down }, 10, 0, 1, collaboration.CodeWebhookUnreachable, 0},
		"leads to us":   {true, func(int) (bool, error) { return false, private }, 1, 0, 1, collaboration.CodePrivateAddress, 0},
		"busy, then not": {true, func(n int) (bool, error) {
			return false, map[bool]error{true: &collaboration.Error{Code: collaboration.CodeWebhookUnreachable, RetryAfter: time.Hour}}[n < 3]
		}, 3, 0, 0, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newEnvironment()
			r := &receiver{known: tt.known, answer: tt.answer, full: tt.full}
			env.RegisterActivity(activities.NewWebhooks(r, r, r))
			env.ExecuteWorkflow(workflows.WebhookWorkflow, collaboration.WebhookDelivery{Webhook: "w", Activation: "a", Sequence: 1})
			// The test environment stops after ten attempts; a Temporal server stops after days.
			if tt.full > 0 && r.full != -1 {
				t.Errorf("posted although the share was used: %d", r.full)
			}
			if r.released != r.posts {
				t.Errorf("%d posts released %d slots", r.posts, r.released)
			}
			if r.posts != tt.posts || r.disabled != tt.disabled || r.failed != tt.failed {
				t.Errorf("posted %d times, disabled %d, given up %d", r.posts, r.disabled, r.failed)
			}
			err := env.GetWorkflowError()
			var application *temporal.ApplicationError
			if tt.code == "" && err != nil || tt.code != "" && (!errors.As(err, &application) || application.Type() != string(tt.code)) {
				t.Errorf("ended with %v, want %q", err, tt.code)
			}
		})
	}
}
