package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// StartAgreement records the approval and the agreement it starts. From now on
// the one who was approved as invoice recipient pays.
func (s *Store) StartAgreement(ctx context.Context, start collaboration.Start) error {
	st := step{
		activation: start.Activation, key: "agreement_started", action: collaboration.ActionAgreementStarted,
		by: start.Decision.By, at: start.At, detail: ofAgreement(start.Agreement),
	}
	return s.record(ctx, st, func(w *work) error {
		if err := w.move(collaboration.Active); err != nil {
			return err
		}
		w.waited = start.Decision.At.Sub(w.a.RequestedAt)
		if err := w.keep(&w.a.Decision, start.Decision); err != nil {
			return err
		}
		if err := w.decidedBy(ctx, start.Decision); err != nil {
			return err
		}
		if err := w.leaveMail(ctx, start.Decision.Generation); err != nil {
			return err
		}
		if err := w.keep(&w.a.Agreement, start.Agreement); err != nil {
			return err
		}
		if err := w.setInvoiceRecipient(ctx, collaboration.InvoiceRecipient(w.a.InvoiceRecipient)); err != nil {
			return err
		}
		return w.grantAccess(ctx, "access_granted", collaboration.ActorSystem, start.At)
	})
}

// RenewAgreement records the next term.
func (s *Store) RenewAgreement(ctx context.Context, r collaboration.Renewal) error {
	return s.changeAgreement(ctx, r.Agreement, step{
		activation: r.Activation, key: fmt.Sprintf("agreement_renewed:%d", r.Agreement.Term),
		action: collaboration.ActionAgreementRenewed, by: collaboration.ActorSystem, at: r.At,
	})
}

// RecordNotice records that the agreement will not renew after this term.
func (s *Store) RecordNotice(ctx context.Context, n collaboration.Notice) error {
	n.Agreement.Renews = false
	return s.changeAgreement(ctx, n.Agreement, step{
		activation: n.Activation, key: fmt.Sprintf("notice_given:%d", n.Agreement.Term),
		action: collaboration.ActionNoticeGiven, by: n.By, at: n.At,
	})
}

// RecordAgreement records what else happened to a running agreement.
func (s *Store) RecordAgreement(ctx context.Context, c collaboration.AgreementChange) error {
	return s.changeAgreement(ctx, c.Agreement, step{
		activation: c.Activation, key: string(c.Action) + ":" + c.ID, action: c.Action, by: c.By, at: c.At,
	})
}

func (s *Store) changeAgreement(ctx context.Context, a collaboration.Agreement, st step) error {
	st.detail = ofAgreement(a)
	return s.record(ctx, st, func(w *work) error {
		if err := w.must(w.state() == collaboration.Active, collaboration.CodeNotActive); err != nil {
			return err
		}
		return w.keep(&w.a.Agreement, a)
	})
}

// EndCollaboration records the end, and does with the solution what its policy
// says.
func (s *Store) EndCollaboration(ctx context.Context, e collaboration.End) error {
	st := step{
		activation: e.Activation, key: "collaboration_ended", action: collaboration.ActionCollaborationEnded,
		by: e.By, at: e.At, detail: detail{"on_end": e.OnEnd},
	}
	return s.record(ctx, st, func(w *work) error {
		if err := w.move(collaboration.Ended); err != nil {
			return err
		}
		w.a.EndedAt = at(e.At)
		if err := w.revokeAccess(ctx, "access_revoked", "", e.By, e.At); err != nil {
			return err
		}
		return w.changedCustomer(w.endSolution(ctx, w.a.CustomerID, w.a.SolutionID, e.OnEnd, e.At))
	})
}

// CloseActivation records that the activation ended without a collaboration.
func (s *Store) CloseActivation(ctx context.Context, c collaboration.Closing) error {
	d := detail{"state": c.State}
	if c.Code != "" {
		d["code"] = c.Code
	}
	if c.Decision != nil && c.Decision.Reason != "" {
		d["reason"] = c.Decision.Reason
	}
	st := step{activation: c.Activation, key: "closed", action: collaboration.ActionClosed, by: c.By, at: c.At, detail: d, result: string(c.State)}
	return s.record(ctx, st, func(w *work) error {
		if !slices.Contains(closings, c.State) {
			return collaboration.Errorf(collaboration.CodeInternal, "%s does not close an activation", c.State)
		}
		if err := w.move(c.State); err != nil {
			return err
		}
		w.a.FailureCode, w.a.EndedAt = string(c.Code), at(c.At)
		if c.Decision != nil {
			if err := w.decidedBy(ctx, *c.Decision); err != nil {
				return err
			}
			if err := w.leaveMail(ctx, c.Decision.Generation); err != nil {
				return err
			}
		}
		return w.keep(&w.a.Decision, c.Decision)
	})
}

// decidedBy keeps as evidence what was decided, who had been asked, and who
// answered where that was another of the customer's administrators.
func (w *work) decidedBy(ctx context.Context, d collaboration.Decision) error {
	if w.detail == nil {
		w.detail = detail{}
	}
	w.detail["decision"] = detail{"outcome": d.Outcome, "generation": d.Generation, "terms_version": d.TermsVersion, "terms_hash": d.TermsHash, "locale": d.Locale, "at": d.At}
	w.private = detail{"name": w.a.InvitedName, "email": w.a.InvitedEmail}
	if d.Comment != "" {
		w.private["comment"] = d.Comment
	}
	if d.By == w.a.InvitedID {
		return nil
	}
	who, err := w.Queries.Administrator(ctx, db.AdministratorParams{ID: d.By, CustomerID: w.a.CustomerID})
	if err == nil {
		w.private["answered_name"], w.private["answered_email"] = who.Name, who.Email
	}
	return orNone(err)
}

var closings = []collaboration.State{collaboration.Declined, collaboration.Expired, collaboration.Withdrawn, collaboration.Failed}

// keep writes a value into a JSON column; nil becomes null.
func (w *work) keep(column *string, value any) error {
	text, err := json.Marshal(value)
	*column = string(text)
	return err
}

func (w *work) setInvoiceRecipient(ctx context.Context, r collaboration.InvoiceRecipient) error {
	n, err := w.SetInvoiceRecipient(ctx, db.SetInvoiceRecipientParams{
		CustomerID: w.a.CustomerID, SolutionID: w.a.SolutionID, InvoiceRecipient: string(r),
	})
	return w.changedCustomer(n, err)
}

func (w *work) changedCustomer(rows int64, err error) error {
	if rows > 0 {
		w.changed = append(w.changed, w.a.CustomerID)
	}
	return err
}

func ofAgreement(a collaboration.Agreement) detail {
	d := detail{"term": a.Term, "starts_on": a.StartsOn, "ends_on": a.EndsOn(), "months": a.Months, "renews": a.Renews}
	if a.NextMonths != 0 {
		d["next_months"] = a.NextMonths
	}
	if !a.EndOn.IsZero() {
		d["end_on"] = a.EndOn
	}
	return d
}

func at(t time.Time) sql.NullTime { return sql.NullTime{Time: utc(t), Valid: !t.IsZero()} }
