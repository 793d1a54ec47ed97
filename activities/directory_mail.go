package activities

import (
	"context"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// DirectoryStore reads the directories of offices.
type DirectoryStore interface {
	// DirectoryMail returns a mail about a change, without its link. The error is CodeNotFound
	// for a change that is not stored, or is obsolete.
	DirectoryMail(ctx context.Context, m message.DirectoryMail) (collaboration.DirectoryMail, error)
}

// SendDirectoryMail sends a mail about a change of an office's directory. Each call is one
// attempt.
func (a *Activities) SendDirectoryMail(ctx context.Context, in message.DirectoryMail) error {
	m, err := a.store.DirectoryMail(ctx, in)
	if err != nil {
		return failure(err)
	}
	m.Link = a.links.HomeURL()
	_, err = a.mailer.SendDirectoryMail(ctx, m)
	return failure(err)
}
