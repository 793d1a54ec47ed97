package app

import (
	"context"
	"time"

	"countersign/collaboration"
)

// MailLimiter bounds the mail that one address receives.
type MailLimiter interface {
	// TakeMail counts a mail to an address. Retries with the same name count once. A result
	// above 0 is how long the caller must wait.
	TakeMail(ctx context.Context, to, name string) (wait time.Duration)
}

// Limiter bounds what one office can cause, and the mail that one address receives. A
// result above 0 is how long the caller must wait. Batches have a rate of activations of
// their own.
type Limiter interface {
	MailLimiter
	TakeActivation(ctx context.Context, officeID string) (wait time.Duration)
}

// AllowMail counts a mail to each address. One address over its limit rejects all.
func AllowMail(ctx context.Context, l MailLimiter, name string, to ...string) error {
	for _, address := range to {
		if err := rateLimited(l.TakeMail(ctx, address, name)); err != nil {
			return err
		}
	}
	return nil
}

func (s *service) allowMail(ctx context.Context, name string, to ...string) error {
	return AllowMail(ctx, s.limiter, name, to...)
}

func (s *service) allowActivation(ctx context.Context, officeID string) error {
	return rateLimited(s.limiter.TakeActivation(ctx, officeID))
}

func rateLimited(wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	return &collaboration.Error{Code: collaboration.CodeRateLimited, RetryAfter: wait}
}
