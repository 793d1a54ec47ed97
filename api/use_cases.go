package api

import (
	"context"
	"time"

	"countersign/api/request"
	"countersign/collaboration"
	"countersign/internal/app"
	"countersign/internal/limit"
)

// importTimeout bounds the database write of one customer file.
const importTimeout = 45 * time.Second

// newApp returns the use cases that the JSON and the pages call.
func newApp(c Config) *app.App {
	return app.New(app.Config{
		Store: c.Store, Customers: c.Customers, Workflows: loggedWorkflows{c.Workflows}, Links: c.Links, Limiter: newLimiter(c),
		Catalogue: c.Catalogue, CheckWebhook: c.CheckWebhook, Now: c.Now,
		ReadTimeout: c.ReadTimeout, MessageTimeout: c.MessageTimeout, ImportTimeout: importTimeout, CloseWait: c.CloseWait, Poll: c.Poll,
	})
}

// loggedWorkflows names a started activation in the access log. It does so before the
// start, so that the log of a failure has it too.
type loggedWorkflows struct{ Workflows }

func (w loggedWorkflows) Start(ctx context.Context, order collaboration.Order) error {
	request.From(ctx).Activation = order.Activation
	return w.Workflows.Start(ctx, order)
}

// useCaseLimiter applies the limits that the use cases count.
type useCaseLimiter struct {
	limit.Mails
	activations int // per minute
}

func newLimiter(c Config) useCaseLimiter {
	return useCaseLimiter{limit.Mails{Limiter: c.Limiter, PerHour: c.Limits.Mails}, c.Limits.Activations}
}

func (l useCaseLimiter) TakeActivation(ctx context.Context, officeID string) time.Duration {
	return l.Limiter.Take(ctx, "activation", officeID, limit.Rate{Events: l.activations, Per: time.Minute})
}
