package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
)

// RecordApproval stores the approval and its agreement. Nothing else changes until the
// agreement starts.
func (s Steps) RecordApproval(ctx context.Context, r message.ApprovalInput) error {
	st := step{
		activation: r.Activation, key: "approved", action: collaboration.ActionApproved,
		by: r.Decision.By, at: r.At, detail: agreementDetail(r.Agreement),
	}
	return s.runStep(ctx, st, func(w *stepContext) error {
		if err := w.transition(collaboration.Active); err != nil {
			return err
		}
		w.a.TermsVersion = r.Decision.TermsVersion()
		w.approvalDuration = r.Decision.At.Sub(w.a.RequestedAt)
		if err := setJSON(&w.a.Decision, r.Decision); err != nil {
			return err
		}
		if err := w.storeEvidence(ctx, r.Decision); err != nil {
			return err
		}
		if err := w.markUnconfirmed(ctx, r.Decision.Generation); err != nil {
			return err
		}
		return setJSON(&w.a.Agreement, r.Agreement)
	})
}

// StartAgreement stores that the agreement starts. From now on the approved invoice recipient
// pays, and the employees of the task have access.
func (s Steps) StartAgreement(ctx context.Context, start message.StartInput) error {
	st := step{
		activation: start.Activation, key: "agreement_started", action: collaboration.ActionAgreementStarted,
		by: collaboration.ActorSystem, at: start.At, detail: agreementDetail(start.Agreement),
	}
	return s.runStep(ctx, st, func(w *stepContext) error {
		if err := w.require(w.state() == collaboration.Active, collaboration.CodeNotActive); err != nil {
			return err
		}
		return startAgreement(ctx, w, start.Agreement, start.At)
	})
}

func startAgreement(ctx context.Context, w *stepContext, a collaboration.Agreement, at time.Time) error {
	if err := setJSON(&w.a.Agreement, a); err != nil {
		return err
	}
	if err := setSubscription(ctx, w); err != nil {
		return err
	}
	return w.grantAccess(ctx, "access_granted", collaboration.ActorSystem, at)
}

// TakeOver stores a collaboration that ran before, without a decision of the customer.
func (s Steps) TakeOver(ctx context.Context, t message.TakeOverInput) error {
	st := step{
		activation: t.Activation, key: "taken_over", action: collaboration.ActionTakenOver,
		by: t.By, at: t.At, detail: agreementDetail(t.Agreement),
	}
	return s.runStep(ctx, st, func(w *stepContext) error {
		if err := w.transition(collaboration.Active); err != nil {
			return err
		}
		return startAgreement(ctx, w, t.Agreement, t.At)
	})
}

// RenewAgreement stores the next term.
func (s Steps) RenewAgreement(ctx context.Context, r message.RenewalInput) error {
	return s.changeAgreement(ctx, r.Agreement, step{
		activation: r.Activation, key: fmt.Sprintf("agreement_renewed:%d", r.Agreement.Term),
		action: collaboration.ActionAgreementRenewed, by: collaboration.ActorSystem, at: r.At,
	}, func(w *stepContext) error {
		if r.Conditions == nil {
			return nil
		}
		w.detail["conditions"] = r.Conditions
		return setConditions(ctx, w, *r.Conditions)
	})
}

// RecordAgreement stores any other change of an active agreement, such as a notice.
func (s Steps) RecordAgreement(ctx context.Context, c message.AmendmentInput) error {
	return s.changeAgreement(ctx, c.Agreement, step{
		activation: c.Activation, key: string(c.Action) + ":" + c.ID, action: c.Action, by: c.By, at: c.At,
	}, func(*stepContext) error { return nil })
}

func (s Steps) changeAgreement(ctx context.Context, a collaboration.Agreement, st step, also func(*stepContext) error) error {
	st.detail = agreementDetail(a)
	return s.runStep(ctx, st, func(w *stepContext) error {
		if err := w.require(w.state() == collaboration.Active, collaboration.CodeNotActive); err != nil {
			return err
		}
		if err := also(w); err != nil {
			return err
		}
		if err := nameActor(ctx, w, st.by); err != nil {
			return err
		}
		return setJSON(&w.a.Agreement, a)
	})
}

// nameActor adds the name of an administrator to the personal part of the event, so that the
// history names the person after the administrator was removed.
func nameActor(ctx context.Context, w *stepContext, by string) error {
	who, err := w.Queries.Administrator(ctx, db.AdministratorParams{ID: by, CustomerID: w.a.CustomerID})
	if err != nil {
		return ignoreNoRows(err)
	}
	if w.private == nil {
		w.private = detail{}
	}
	w.private["by_name"] = who.Name
	return nil
}

// EndCollaboration stores the end, and applies the end policy to the solution.
func (s Steps) EndCollaboration(ctx context.Context, e message.EndInput) error {
	st := step{
		activation: e.Activation, key: "collaboration_ended", action: collaboration.ActionCollaborationEnded,
		by: e.By, at: e.At, detail: detail{"on_end": e.OnEnd},
	}
	return s.runStep(ctx, st, func(w *stepContext) error {
		if err := w.transition(collaboration.Ended); err != nil {
			return err
		}
		if err := nameActor(ctx, w, e.By); err != nil {
			return err
		}
		w.a.EndedAt = at(e.At)
		if err := setEndPolicy(w, e.OnEnd); err != nil {
			return err
		}
		if err := lapseProposal(w, e.By, e.At); err != nil {
			return err
		}
		if err := w.revokeAccess(ctx, "access_revoked", "", e.By, e.At); err != nil {
			return err
		}
		if !w.a.Started && w.a.Scenario == string(collaboration.HasSolution) {
			return nil // the customer's own subscription has not changed
		}
		return w.changedCustomer(w.endSolution(ctx, w.a.CustomerID, w.a.SolutionID, e.OnEnd, e.At))
	})
}

// setEndPolicy stores the applied policy in the agreement.
func setEndPolicy(w *stepContext, policy collaboration.EndPolicy) error {
	var agreement *collaboration.Agreement
	if err := fromJSON(w.a.Agreement, &agreement); err != nil || agreement == nil {
		return err
	}
	agreement.OnEnd = policy
	return setJSON(&w.a.Agreement, agreement)
}

// endSolution applies an end policy to a subscription.
func (t *tx) endSolution(ctx context.Context, customerID, solutionID string, policy collaboration.EndPolicy, ended time.Time) (int64, error) {
	end := func(access string) (int64, error) {
		return t.EndSubscription(ctx, db.EndSubscriptionParams{CustomerID: customerID, SolutionID: solutionID, EndedAt: at(ended), Access: access})
	}
	switch policy {
	case collaboration.ContinueAlone:
		return t.SetInvoiceRecipient(ctx, db.SetInvoiceRecipientParams{CustomerID: customerID, SolutionID: solutionID, InvoiceRecipient: string(collaboration.PaidByCustomer)})
	case collaboration.ReadOnly:
		return end("read_only")
	case collaboration.Delete:
		return end("none")
	default:
		return 0, collaboration.Errorf(collaboration.CodeInternal, "no end policy %q", policy)
	}
}

// CloseActivation stores that the activation ended without a collaboration.
func (s Steps) CloseActivation(ctx context.Context, c message.CloseInput) error {
	d := detail{"state": c.State}
	if c.Code != "" {
		d["code"] = c.Code
	}
	if c.Decision != nil && c.Decision.Reason != "" {
		d["reason"] = c.Decision.Reason
	}
	st := step{activation: c.Activation, key: "closed", action: collaboration.ActionClosed, by: c.By, at: c.At, detail: d, result: string(c.State)}
	return s.runStep(ctx, st, func(w *stepContext) error {
		if !slices.Contains(closings, c.State) {
			return collaboration.Errorf(collaboration.CodeInternal, "%s does not close an activation", c.State)
		}
		if err := w.require(!w.a.Started, collaboration.CodeNotPending); err != nil {
			return err
		}
		if err := w.transition(c.State); err != nil {
			return err
		}
		w.a.FailureCode, w.a.EndedAt = column.Text(c.Code), at(c.At)
		if c.Decision != nil {
			if err := w.storeEvidence(ctx, *c.Decision); err != nil {
				return err
			}
			if err := w.markUnconfirmed(ctx, c.Decision.Generation); err != nil {
				return err
			}
		}
		return setJSON(&w.a.Decision, c.Decision)
	})
}

// storeEvidence adds the decision, the invited administrator and the one who answered to
// the event.
func (w *stepContext) storeEvidence(ctx context.Context, d collaboration.Decision) error {
	if w.detail == nil {
		w.detail = detail{}
	}
	decision := detail{"outcome": d.Outcome, "generation": d.Generation, "at": d.At}
	if d.Offer != nil {
		decision["offer"], decision["offer_hash"] = d.Offer, d.Offer.Hash()
	}
	if d.Login != nil {
		decision["login"] = d.Login.WithoutPerson()
	}
	w.detail["decision"] = decision
	w.private = detail{"name": w.a.InvitedName, "email": w.a.InvitedEmail}
	if d.Comment != "" {
		w.private["comment"] = d.Comment
	}
	if d.Login != nil {
		w.private["login_subject"], w.private["login_email"] = d.Login.Subject, d.Login.Email
	}
	if d.Offer != nil {
		if err := storeParties(ctx, w); err != nil {
			return err
		}
	}
	if d.By == string(w.a.InvitedID) {
		w.private["answered_name"], w.private["answered_email"] = w.a.InvitedName, w.a.InvitedEmail
		return nil
	}
	who, err := w.Queries.Administrator(ctx, db.AdministratorParams{ID: d.By, CustomerID: w.a.CustomerID})
	if err == nil {
		w.private["answered_name"], w.private["answered_email"] = who.Name, who.Email
	}
	return ignoreNoRows(err)
}

// storeParties adds the parties to an approval's event: the receipt does not change when
// a name changes. The name and number of a sole trader are personal data.
func storeParties(ctx context.Context, w *stepContext) error {
	view, err := w.ActivationDetail(ctx, w.a.ID)
	if err != nil {
		return err
	}
	customer, err := w.Queries.Customer(ctx, db.CustomerParams{ID: w.a.CustomerID, OfficeID: w.a.OfficeID})
	if err != nil {
		return err
	}
	w.detail["office"] = string(view.OfficeName)
	number, where := collaboration.OrganisationNumber(customer.OrganisationNumber), w.detail
	if number.IsSoleTrader() {
		where = w.private
	}
	where["customer"], where["organisation_number"] = customer.Name, number.Masked()
	return nil
}

var closings = []collaboration.State{collaboration.Declined, collaboration.Expired, collaboration.Withdrawn, collaboration.Failed}

// setJSON sets a JSON column; nil becomes null.
func setJSON(column *string, value any) error {
	text, err := json.Marshal(value)
	*column = string(text)
	return err
}

func (w *stepContext) setInvoiceRecipient(ctx context.Context, r collaboration.InvoiceRecipient) error {
	n, err := w.SetInvoiceRecipient(ctx, db.SetInvoiceRecipientParams{
		CustomerID: w.a.CustomerID, SolutionID: w.a.SolutionID, InvoiceRecipient: string(r),
	})
	return w.changedCustomer(n, err)
}

func (w *stepContext) changedCustomer(rows int64, err error) error {
	if rows > 0 {
		w.changedCustomers = append(w.changedCustomers, w.a.CustomerID)
	}
	return err
}

func agreementDetail(a collaboration.Agreement) detail {
	d := detail{"term": a.Term, "starts_on": a.StartsOn, "ends_on": a.EndsOn(), "months": a.Months, "renews": a.Renews}
	if a.NextMonths != 0 {
		d["next_months"] = a.NextMonths
	}
	if !a.EndOn.IsZero() {
		d["end_on"] = a.EndOn
	}
	if a.OnEnd != "" {
		d["on_end"] = a.OnEnd
	}
	return d
}

func at(t time.Time) sql.NullTime { return sql.NullTime{Time: utc(t), Valid: !t.IsZero()} }
