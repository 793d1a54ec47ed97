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
	}{
		"at once":       {true, func(int) (bool, error) { return false, nil }, 1, 0, 0, ""},
		"after a while": {true, func(n int) (bool, error) { return false, map[bool]error{true: down}[n < 5] }, 5, 0, 0, ""},
		"gone":          {true, func(int) (bool, error) { return true, nil }, 1, 1, 0, ""},
		"removed":       {false, nil, 0, 0, 0, ""},
		"never":         {true, func(int) (bool, error) { return false, down }, 10, 0, 1, collaboration.CodeWebhookUnreachable},
		"leads to us":   {true, func(int) (bool, error) { return false, private }, 1, 0, 1, collaboration.CodePrivateAddress},
		"busy, then not": {true, func(n int) (bool, error) {
			return false, map[bool]error{true: &collaboration.Error{Code: collaboration.CodeWebhookUnreachable, RetryAfter: time.Hour}}[n < 3]
		}, 3, 0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newEnvironment()
			r := &receiver{known: tt.known, answer: tt.answer}
			env.RegisterActivity(activities.NewWebhooks(r, r))
			env.ExecuteWorkflow(workflows.WebhookWorkflow, collaboration.WebhookDelivery{Webhook: "w", Activation: "a", Sequence: 1})
			// The test environment stops after ten attempts; a Temporal server stops after days.
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
