package directory

import (
	"context"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// Logos stores the logos of offices.
type Logos struct{ directory Directory }

// NewLogos returns the logos of a directory's offices.
func NewLogos(d Directory) Logos { return Logos{d} }

// Logo returns the logo of an office. It fails with CodeLogoMissing.
func (s Logos) Logo(ctx context.Context, officeID string) (collaboration.Logo, error) {
	row, err := s.directory.read.OfficeLogo(ctx, officeID)
	return NewLogo(row), sqldb.Failure(notFound(err, collaboration.CodeLogoMissing))
}

// LogoByDigest returns the logo with an address. It fails with CodeNotFound.
func (s Logos) LogoByDigest(ctx context.Context, digest string) (collaboration.Logo, error) {
	row, err := s.directory.read.LogoByDigest(ctx, digest)
	return NewLogo(row), sqldb.Failure(notFound(err, collaboration.CodeNotFound))
}

// SaveLogo replaces the logo of an office.
func (s Logos) SaveLogo(ctx context.Context, by directory.By, l collaboration.Logo) error {
	return s.directory.change(ctx, by, func(x *edit) error {
		if old, err := x.OfficeLogo(ctx, by.OfficeID); err == nil && old.Digest == l.Digest {
			return nil
		}
		err := x.SaveOfficeLogo(ctx, db.SaveOfficeLogoParams{OfficeID: by.OfficeID, Digest: l.Digest, ContentType: l.ContentType, Width: l.Width, Height: l.Height, Content: l.Content})
		if err != nil {
			return err
		}
		return x.record(ctx, "logo_changed", by.OfficeID, map[string]any{"digest": l.Digest})
	})
}

// RemoveLogo removes the logo of an office. Without a logo it changes nothing.
func (s Logos) RemoveLogo(ctx context.Context, by directory.By) error {
	return s.directory.change(ctx, by, func(x *edit) error {
		if n, err := x.RemoveOfficeLogo(ctx, by.OfficeID); err != nil || n == 0 {
			return err
		}
		return x.record(ctx, "logo_removed", by.OfficeID, nil)
	})
}

// NewLogo converts a row.
func NewLogo(row db.OfficeLogo) collaboration.Logo {
	return collaboration.Logo{Digest: row.Digest, ContentType: row.ContentType, Width: row.Width, Height: row.Height, Content: row.Content}
}
