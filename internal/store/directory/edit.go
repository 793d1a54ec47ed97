package directory

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// Tx is a transaction of the store.
type Tx struct {
	*db.Queries
	// Now is the database's time.
	Now time.Time
	// CustomerChanged makes the caches forget a customer after the commit.
	CustomerChanged func(customerID string)
	// SyncAccess gives the employees of a task, and no others, access to the running
	// collaborations of the task.
	SyncAccess func(ctx context.Context, taskID, by string, at time.Time) error
	// HandOver makes an employee the sender of an activation.
	HandOver func(ctx context.Context, activation, to, by string, at time.Time) error
	// Readdress changes the recipient's name and address of an open invitation.
	Readdress func(ctx context.Context, activation string, to collaboration.Contact, by string, at time.Time) error
}

// Directory changes the directories of offices.
type Directory struct {
	write func(context.Context, func(*Tx) error) error
	read  *db.Queries
}

// New returns a directory on a store's transactions. write runs a function in one.
func New(read *db.Queries, write func(context.Context, func(*Tx) error) error) Directory {
	return Directory{write, read}
}

// edit is one transaction that changes the directory of an office.
type edit struct {
	*Tx
	directory.By
	lookup
	// recorded is called with each audit row; nil for none.
	recorded func(action, subject string, detail map[string]any)
	// addressChange is the id of the change of an administrator's address; "" for none.
	addressChange string
}

// change runs do in one transaction, with the office locked.
func (d Directory) change(ctx context.Context, by directory.By, do func(*edit) error) error {
	return d.write(ctx, func(t *Tx) error {
		if n, err := t.LockOffice(ctx, by.OfficeID); err != nil || n == 0 {
			return notFound(errOr(err, sql.ErrNoRows), collaboration.CodeNotFound)
		}
		return do(&edit{Tx: t, By: by, lookup: lookup{queries: t.Queries, officeID: by.OfficeID}})
	})
}

// recordCustomer stores the audit row of a change of a customer, its tasks or its
// administrators, and raises the customer's version.
func (x *edit) recordCustomer(ctx context.Context, action, customerID, subject string, detail map[string]any) error {
	if x.office.markRaised(customerID) {
		x.CustomerChanged(customerID)
		if err := x.RaiseCustomerVersion(ctx, customerID); err != nil {
			return err
		}
	}
	all := map[string]any{"customer": customerID}
	maps.Copy(all, detail)
	return x.record(ctx, action, subject, all)
}

// record stores the audit row of a change. detail has no personal data.
func (x *edit) record(ctx context.Context, action, subject string, detail map[string]any) error {
	if detail == nil {
		detail = map[string]any{}
	}
	if x.recorded != nil {
		x.recorded(action, subject, detail)
	}
	encoded, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	return x.AddDirectoryChange(ctx, db.AddDirectoryChangeParams{ID: sqldb.NewID(), OfficeID: x.OfficeID, HappenedAt: x.Now,
		Actor: x.ID, Action: action, Subject: subject, Detail: string(encoded)})
}

// checkVersion returns CodePreconditionFailed unless the version is one of the allowed;
// nil allows every version.
func checkVersion(version int, allowed []int) error {
	if allowed == nil || slices.Contains(allowed, version) {
		return nil
	}
	return &collaboration.Error{Code: collaboration.CodePreconditionFailed}
}

// invalid returns an error of one field.
func invalid(field string, code collaboration.Code) error {
	return &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{{Field: field, Code: code}}}
}

func notFound(err error, code collaboration.Code) error {
	if errors.Is(err, sql.ErrNoRows) {
		return &collaboration.Error{Code: code}
	}
	return err
}

func errOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func optionalTime(t time.Time) sql.NullTime { return sql.NullTime{Time: t, Valid: !t.IsZero()} }

func text(s string) column.Text { return column.Text(s) }
