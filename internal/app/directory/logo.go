package directory

import (
	"context"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/collaboration/logo"
	"countersign/internal/app"
)

// LogoStore stores the logos of offices.
type LogoStore interface {
	// Logo fails with CodeLogoMissing, and LogoByDigest with CodeNotFound.
	Logo(ctx context.Context, officeID string) (collaboration.Logo, error)
	LogoByDigest(ctx context.Context, digest string) (collaboration.Logo, error)
	SaveLogo(ctx context.Context, by directory.By, l collaboration.Logo) error
	RemoveLogo(ctx context.Context, by directory.By) error
}

// Logos has the use cases on the logos of offices.
type Logos struct {
	store   LogoStore
	timeout time.Duration
}

// NewLogos returns the use cases. The timeout is that of each.
func NewLogos(store LogoStore, timeout time.Duration) *Logos { return &Logos{store, timeout} }

// Get returns the logo of the employee's office.
func (s *Logos) Get(ctx context.Context, e collaboration.Employee) (collaboration.Logo, error) {
	return app.CallWithin(ctx, s.timeout, func(ctx context.Context) (collaboration.Logo, error) { return s.store.Logo(ctx, e.OfficeID) })
}

// Save replaces the logo of the manager's office by the content of a file.
func (s *Logos) Save(ctx context.Context, e collaboration.Employee, content []byte) (collaboration.Logo, error) {
	l, err := logo.New(content)
	if err != nil {
		return l, err
	}
	return l, run(ctx, s.timeout, func(ctx context.Context) error { return s.store.SaveLogo(ctx, by(e), l) })
}

// Remove removes the logo of the manager's office.
func (s *Logos) Remove(ctx context.Context, e collaboration.Employee) error {
	return run(ctx, s.timeout, func(ctx context.Context) error { return s.store.RemoveLogo(ctx, by(e)) })
}

// ByDigest returns the logo with an address. It needs no login: mails and the pages of
// customers have the address, and it cannot be guessed without the image.
func (s *Logos) ByDigest(ctx context.Context, digest string) (collaboration.Logo, error) {
	return app.CallWithin(ctx, s.timeout, func(ctx context.Context) (collaboration.Logo, error) { return s.store.LogoByDigest(ctx, digest) })
}
