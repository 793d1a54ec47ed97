package app

import (
	"context"
	"time"

	"countersign/collaboration"
)

// Limiter bounds what one office can cause, and the mail that one address receives. A
// result above 0 is how long the caller must wait. Batches are not counted.
type Limiter interface {
	// TakeMail counts a mail to an address. Retries with the same name count once.
	TakeMail(ctx context.Context, to, name string) (wait time.Duration)
	TakeActivation(ctx context.Context, officeID string) (wait time.Duration)
}

// allowMail counts a mail to each address. One address over its limit rejects all.
func (s *service) allowMail(ctx context.Context, name string, to ...string) error {
	for _, address := range to {
		if err := rateLimited(s.limiter.TakeMail(ctx, address, name)); err != nil {
			return err
		}
	}
	return nil
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
