package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"countersign/api/request"
	"countersign/collaboration"
	"countersign/internal/app"
	"countersign/internal/limit"
)

// newApp returns the use cases that the JSON and the pages call.
func newApp(d Deps) *app.App {
	return app.New(app.Config{
		Store: d.Facts, Customers: d.Customers, Workflows: loggedWorkflows{d.Starter}, Links: d.Links, Limiter: useCaseLimiter{d.Limiter, d.Limits},
		Catalogue: d.Catalogue, CheckWebhook: d.CheckWebhook, Now: d.Now,
		ReadTimeout: d.ReadTimeout, MessageTimeout: d.MessageTimeout, ImportTimeout: importTimeout, CloseWait: d.Closing, Poll: d.Poll,
	})
}

// loggedWorkflows names a started activation in the access log. It does so before the
// start, so that the log of a failure has it too.
type loggedWorkflows struct{ Starter }

func (w loggedWorkflows) Start(ctx context.Context, order collaboration.Order) error {
	request.From(ctx).Activation = order.Activation
	return w.Starter.Start(ctx, order)
}

// useCaseLimiter applies the limits that the use cases count.
type useCaseLimiter struct {
	*limit.Limiter
	limits Limits
}

func (l useCaseLimiter) TakeMail(ctx context.Context, to, name string) time.Duration {
	return l.TakeIdempotent(ctx, "mail", strings.ToLower(to), name, limit.Rate{Events: l.limits.Mails, Per: time.Hour})
}

func (l useCaseLimiter) TakeActivation(ctx context.Context, officeID string) time.Duration {
	return l.Take(ctx, "activation", officeID, limit.Rate{Events: l.limits.Activations, Per: time.Minute})
}

// IdempotencyKey is the header of a POST that a client may retry.
type IdempotencyKey struct {
	Key string `header:"Idempotency-Key" doc:"A unique key for this request, up to 255 printable characters." example:"5f1c7e0a-9d0b-4c38-8a34-1f0e6d2b7c11"`
}

// decodeBody decodes a JSON body leniently: invalid names the fields that do not fit
// the schema.
func decodeBody[T any](s *Server, raw []byte) (body T, invalid []collaboration.FieldError, err error) {
	invalid, err = shapeOf[T](s).decode(raw, &body)
	return body, invalid, err
}

// etag returns the ETag of a version of an activation.
func etag(version int) string { return fmt.Sprintf("%q", fmt.Sprint(version)) }

// matches reports whether an If-None-Match header names the tag.
func matches(header, tag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		if c := trimWeak(candidate); c == tag || c == "*" {
			return true
		}
	}
	return false
}

func trimWeak(tag string) string { return strings.TrimPrefix(strings.TrimSpace(tag), "W/") }

// ifMatch returns the precondition of an If-Match header. A tag that etag does not make
// matches no version.
func ifMatch(header string) app.Precondition {
	if header == "" {
		return app.Precondition{}
	}
	var versions []int
	for candidate := range strings.SplitSeq(header, ",") {
		tag := trimWeak(candidate)
		if tag == "*" {
			return app.Precondition{}
		}
		var version int
		if _, err := fmt.Sscanf(tag, `"%d"`, &version); err == nil && etag(version) == tag {
			versions = append(versions, version)
		}
	}
	return app.IfVersion(versions...)
}
