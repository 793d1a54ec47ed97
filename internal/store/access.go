package store

import (
	"context"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// grantAccess gives access to the employees of the activation's task who have rights.
func (w *stepContext) grantAccess(ctx context.Context, key, by string, since time.Time) error {
	employees, err := w.ParticipantsWithRights(ctx, w.a.TaskID)
	if err != nil {
		return err
	}
	var granted []string
	for _, employee := range employees {
		n, err := w.GrantAccess(ctx, db.GrantAccessParams{ActivationID: w.a.ID, EmployeeID: employee, OfficeID: w.a.OfficeID, Since: utc(since)})
		if err != nil {
			return err
		}
		if n > 0 {
			granted = append(granted, employee)
		}
	}
	if len(granted) == 0 {
		return nil
	}
	w.extraEvents = append(w.extraEvents, step{
		activation: collaboration.ActivationID(w.a.ID), key: key, action: collaboration.ActionAccessGranted, by: by, at: since,
		detail: detail{"employees": granted},
	})
	return nil
}

// revokeAccess revokes the access of all employees except those of a task who have rights;
// "" for no exception.
func (w *stepContext) revokeAccess(ctx context.Context, key, exceptTask, by string, revoked time.Time) error {
	n, err := w.RevokeAccess(ctx, db.RevokeAccessParams{ActivationID: w.a.ID, ExceptTask: exceptTask, RevokedAt: at(revoked)})
	if err != nil || n == 0 {
		return err
	}
	w.extraEvents = append(w.extraEvents, step{
		activation: collaboration.ActivationID(w.a.ID), key: key, action: collaboration.ActionAccessRevoked, by: by, at: revoked,
		detail: detail{"employees": n},
	})
	return nil
}

// ChangedAccess returns the running collaborations with changes of access.
func (s Directory) ChangedAccess(ctx context.Context, c message.AccessChanges) ([]collaboration.ActivationID, error) {
	rows, err := s.read.ChangedAccess(ctx, db.ChangedAccessParams{OfficeID: c.OfficeID, Since: utc(c.Since)})
	all := make([]collaboration.ActivationID, len(rows))
	for i, id := range rows {
		all[i] = collaboration.ActivationID(id)
	}
	return all, failure(err)
}

// syncAccess gives the employees of a task, and no others, access to the running
// collaborations of the task.
func (t *tx) syncAccess(ctx context.Context, taskID, by string, when time.Time) error {
	running, err := t.RunningOfTask(ctx, taskID)
	if err != nil {
		return err
	}
	for _, id := range running {
		err := t.changeOutside(ctx, id, func(w *stepContext) error {
			change := sqldb.NewID()
			if err := w.revokeAccess(ctx, "access_revoked:"+change, taskID, by, when); err != nil {
				return err
			}
			return w.grantAccess(ctx, "access_granted:"+change, by, when)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// handOver makes an employee the sender of an activation, who gets its notifications.
func (t *tx) handOver(ctx context.Context, id, to, by string, when time.Time) error {
	return t.changeOutside(ctx, id, func(w *stepContext) error {
		if err := w.SetActivationSender(ctx, db.SetActivationSenderParams{ID: id, RequestedBy: to}); err != nil {
			return err
		}
		w.extraEvents = append(w.extraEvents, step{
			activation: collaboration.ActivationID(id), key: "handed_over:" + sqldb.NewID(), action: collaboration.ActionHandedOver,
			by: by, at: when, detail: detail{"from": w.a.RequestedBy, "to": to},
		})
		return nil
	})
}

// readdress changes the recipient's name and address of an open invitation.
func (t *tx) readdress(ctx context.Context, id string, to collaboration.Contact, by string, when time.Time) error {
	return t.changeOutside(ctx, id, func(w *stepContext) error {
		if err := w.SetInvitedAddress(ctx, db.SetInvitedAddressParams{ID: id, InvitedName: to.Name, InvitedEmail: to.Email}); err != nil {
			return err
		}
		w.extraEvents = append(w.extraEvents, step{
			activation: collaboration.ActivationID(id), key: "address_changed:" + sqldb.NewID(), action: collaboration.ActionAddressCorrected,
			by: by, at: when, detail: detail{"administrator": w.a.InvitedID}, private: detail{"name": to.Name, "email": to.Email},
		})
		return nil
	})
}

// changeOutside changes an activation without its workflow, and appends the events of the
// change to the audit. The workflow's state must not depend on the change.
func (t *tx) changeOutside(ctx context.Context, id string, change func(*stepContext) error) error {
	w, err := t.lock(ctx, collaboration.ActivationID(id))
	if err != nil {
		return err
	}
	if err := change(w); err != nil {
		return err
	}
	for _, each := range w.extraEvents {
		if err := t.append(ctx, each); err != nil {
			return err
		}
	}
	return nil
}
