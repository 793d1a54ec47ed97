package directory

import (
	"context"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/internal/app"
)

// Settings returns the settings of the office.
func (d *Directory) Settings(ctx context.Context, e collaboration.Employee) (directory.Settings, error) {
	return app.CallWithin(ctx, d.timeout, func(ctx context.Context) (directory.Settings, error) {
		return d.store.Settings(ctx, e.OfficeID)
	})
}

// SaveSettings replaces the settings of the office. They apply to new activations and to
// mails from now on.
func (d *Directory) SaveSettings(ctx context.Context, e collaboration.Employee, s directory.Settings, p app.Precondition, invalid []collaboration.FieldError) (directory.Settings, error) {
	s = s.Clean()
	if err := app.WithInvalid(s.Check(), invalid); err != nil {
		return s, err
	}
	err := run(ctx, d.timeout, func(ctx context.Context) error { return d.store.SaveSettings(ctx, by(e), s, p.Versions()) })
	if err != nil {
		return s, err
	}
	return d.Settings(ctx, e)
}
