package directory

import (
	"cmp"
	"context"
	"database/sql"
	"errors"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// recordAddress stores the change of an administrator's address. The mails to both addresses
// are started before the transaction, so that a change without an id is refused: another
// change has replaced the address since the caller read it.
func recordAddress(ctx context.Context, x *edit, row db.Administrator, email string) error {
	if x.addressChange == "" {
		return collaboration.Errorf(collaboration.CodeUnavailable, "the administrator's address has changed")
	}
	return x.AddAddressChange(ctx, db.AddAddressChangeParams{ID: x.addressChange, OfficeID: x.OfficeID, CustomerID: row.CustomerID,
		AdministratorID: row.ID, OldEmail: row.Email, NewEmail: email, Actor: x.ID, ChangedAt: x.Now})
}

// Mail returns a mail about a change of an office's directory, without its link. The error is
// CodeNotFound for a change that is not stored, or is obsolete.
func Mail(ctx context.Context, read *db.Queries, m message.DirectoryMail) (collaboration.DirectoryMail, error) {
	office, err := read.OfficeSettings(ctx, m.OfficeID)
	if err != nil {
		return collaboration.DirectoryMail{}, sqldb.Failure(notFound(err, collaboration.CodeNotFound))
	}
	mail := collaboration.DirectoryMail{Kind: m.Kind, ID: string(m.Kind) + "-" + m.ID, OfficeName: office.Name,
		OfficeEmail: office.Email, OfficePhone: office.Phone, OfficeSender: office.SenderName, Locale: collaboration.Locale(office.Locale)}
	if m.Kind == collaboration.MailEmployeeAdded {
		err = toEmployee(ctx, read, m, &mail)
	} else {
		err = toAdministrator(ctx, read, m, &mail)
	}
	return mail, sqldb.Failure(notFound(err, collaboration.CodeNotFound))
}

// toEmployee completes the mail to a new employee. A deactivated one receives none.
func toEmployee(ctx context.Context, read *db.Queries, m message.DirectoryMail, mail *collaboration.DirectoryMail) error {
	e, err := read.EmployeeOfOffice(ctx, db.EmployeeOfOfficeParams{ID: m.ID, OfficeID: m.OfficeID})
	if err == nil && e.DeactivatedAt.Valid {
		err = sql.ErrNoRows
	}
	mail.To = collaboration.Recipient{ID: e.ID, Name: e.Name, Email: e.Email}
	return err
}

// toAdministrator completes a mail about the change of an address. Its language is that of the
// last invitation, or else the office's.
func toAdministrator(ctx context.Context, read *db.Queries, m message.DirectoryMail, mail *collaboration.DirectoryMail) error {
	c, err := read.AddressChange(ctx, db.AddressChangeParams{ID: m.ID, OfficeID: m.OfficeID})
	if err != nil {
		return err
	}
	mail.CustomerName, mail.To = c.CustomerName, collaboration.Recipient{ID: c.AdministratorID, Name: c.AdministratorName, Email: c.NewEmail}
	if m.Kind == collaboration.MailOldAddress {
		mail.To.Email = c.OldEmail
	}
	last, err := read.LastLocale(ctx, db.LastLocaleParams{OfficeID: m.OfficeID, CustomerID: c.CustomerID, InvitedID: text(c.AdministratorID)})
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	mail.Locale = cmp.Or(collaboration.Locale(last), mail.Locale)
	return err
}
