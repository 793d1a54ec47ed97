package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
)

// ChangeActivation stores a change: of the offer while the activation is pending, of the
// task and the invoice recipient while it is active.
func (s Steps) ChangeActivation(ctx context.Context, command message.Command) error {
	m := *command.Change
	st := step{
		activation: command.Activation, key: "changed:" + command.ID, action: collaboration.ActionChanged, by: command.By, at: command.At, detail: changeDetail(m),
	}
	return s.runStep(ctx, st, func(w *stepContext) error {
		if err := w.allow(collaboration.CommandChange); err != nil {
			return err
		}
		if m.TaskID != "" {
			if err := w.changeTask(ctx, command); err != nil {
				return err
			}
		}
		if m.Period != nil {
			w.a.PeriodStart, w.a.PeriodMonth = string(m.Period.Start), column.Date(m.Period.Month)
		}
		if m.RemindersPaused != nil {
			w.a.RemindersPaused = *m.RemindersPaused
		}
		if m.AgreementMonths != 0 {
			w.a.AgreementMonths = m.AgreementMonths
		}
		return w.changePayer(ctx, m.InvoiceRecipient)
	})
}

func changeDetail(m collaboration.Change) detail {
	d := detail{}
	if m.TaskID != "" {
		d["task_id"] = m.TaskID
	}
	if m.InvoiceRecipient != "" {
		d["invoice_recipient"] = m.InvoiceRecipient
	}
	if m.Period != nil {
		d["period"] = m.Period
	}
	if m.AgreementMonths != 0 {
		d["agreement_months"] = m.AgreementMonths
	}
	if m.RemindersPaused != nil {
		d["reminders_paused"] = *m.RemindersPaused
	}
	return d
}

// changeTask sets another task of the customer. Access moves once the agreement has started.
// The caller checked that the task is open; it can be closed since.
func (w *stepContext) changeTask(ctx context.Context, m message.Command) error {
	taskID := m.Change.TaskID
	task, err := w.TaskOfOffice(ctx, db.TaskOfOfficeParams{ID: taskID, OfficeID: w.a.OfficeID})
	if err != nil {
		return notFound(err, collaboration.CodeTaskNotFound)
	}
	if task.CustomerID != w.a.CustomerID {
		return &collaboration.Error{Code: collaboration.CodeTaskOfAnotherCustomer}
	}
	w.a.TaskID = taskID
	if !w.a.Started {
		return nil
	}
	if err := w.revokeAccess(ctx, "access_revoked:"+m.ID, taskID, m.By, m.At); err != nil {
		return err
	}
	return w.grantAccess(ctx, "access_granted:"+m.ID, m.By, m.At)
}

// changePayer sets the invoice recipient. It pays from now on, or from the agreement's start.
func (w *stepContext) changePayer(ctx context.Context, payer collaboration.InvoiceRecipient) error {
	if payer == "" {
		return nil
	}
	w.a.InvoiceRecipient = string(payer)
	if !w.a.Started {
		return nil
	}
	return w.setInvoiceRecipient(ctx, payer)
}

// CorrectAddress corrects the address of the contact that the activation created. An address that
// another administrator of the customer has is not stored twice: that administrator
// becomes the invited one. Otherwise changed is true, also for a repeat: the old and the new
// address receive a mail.
func (s Steps) CorrectAddress(ctx context.Context, c message.Command) (changed bool, err error) {
	st := step{
		activation: c.Activation, key: "address_corrected:" + c.ID, action: collaboration.ActionAddressCorrected, by: c.By, at: c.At,
	}
	err = s.runStep(ctx, st, func(w *stepContext) error {
		if err := w.allow(collaboration.CommandCorrect); err != nil {
			return err
		}
		invited, err := w.administrator(ctx, string(w.a.InvitedID))
		if err != nil {
			return err
		}
		if !collaboration.Scenario(w.a.Scenario).CreatesAdministrator() || string(invited.CreatedBy) != w.a.ID {
			return &collaboration.Error{Code: collaboration.CodeAddressNotCorrectable}
		}
		isEmployee, err := w.isEmployeeAddress(ctx, w.a.OfficeID, c.Email)
		if err != nil {
			return err
		}
		if isEmployee {
			return &collaboration.Error{Code: collaboration.CodeEmployeeAddress}
		}
		other, exists, err := w.administratorWithAddress(ctx, w.a.CustomerID, c.Email)
		if err != nil {
			return err
		}
		if exists && other.ID != invited.ID {
			invite(w, other)
			return nil
		}
		return correctAddress(ctx, w, c, invited)
	})
	if err != nil {
		return false, err
	}
	n, err := s.read.CountAddressChange(ctx, c.AddressChange())
	return n > 0, failure(err)
}

// correctAddress gives the invited administrator another address.
func correctAddress(ctx context.Context, w *stepContext, c message.Command, invited db.Administrator) error {
	before := invited.Email
	invited.Email = c.Email
	invite(w, invited)
	if !strings.EqualFold(before, c.Email) {
		err := w.AddAddressChange(ctx, db.AddAddressChangeParams{ID: c.AddressChange(), OfficeID: w.a.OfficeID, CustomerID: w.a.CustomerID,
			AdministratorID: invited.ID, OldEmail: before, NewEmail: c.Email, Actor: c.By, ChangedAt: c.At})
		if err != nil {
			return err
		}
	}
	return w.changedCustomer(w.SetAdministratorEmail(ctx, db.SetAdministratorEmailParams{
		ID: invited.ID, CustomerID: w.a.CustomerID, Email: c.Email,
	}))
}

// ForwardInvitation makes another administrator the invited one.
func (s Steps) ForwardInvitation(ctx context.Context, f message.Command) error {
	st := step{
		activation: f.Activation, key: "forwarded:" + f.ID, action: collaboration.ActionForwarded, by: f.By, at: f.At,
	}
	return s.runStep(ctx, st, func(w *stepContext) error {
		if err := w.allow(collaboration.CommandForward); err != nil {
			return err
		}
		to, err := w.Queries.Administrator(ctx, db.AdministratorParams{ID: f.Administrator, CustomerID: w.a.CustomerID})
		if err != nil {
			return notFound(err, collaboration.CodeAdministratorNotFound)
		}
		invite(w, to)
		return nil
	})
}

// invite makes an administrator the invited one, whom the event names.
func invite(w *stepContext, to db.Administrator) {
	w.a.InvitedID, w.a.InvitedName, w.a.InvitedEmail = column.Text(to.ID), to.Name, to.Email
	w.detail, w.private = detail{"administrator": to.ID}, detail{"name": to.Name, "email": to.Email}
}

// HandOnInvitation makes a colleague of an administrator the invited one, and an administrator of
// the customer with the command's id unless the customer has one with the address. It returns
// the id of the invited one.
func (s Steps) HandOnInvitation(ctx context.Context, c message.Command) (string, error) {
	st := step{activation: c.Activation, key: "handed_on:" + c.ID, action: collaboration.ActionHandedOn, by: c.By, at: c.At}
	err := s.runStep(ctx, st, func(w *stepContext) error {
		if err := w.allow(collaboration.CommandHandOn); err != nil {
			return err
		}
		if err := requireSeparateParties(ctx, w, c); err != nil {
			return err
		}
		if _, err := w.LockCustomer(ctx, w.a.CustomerID); err != nil {
			return err
		}
		colleague, added, err := w.addAdministrator(ctx, c.Administrator, w.a.CustomerID, c.HandOn.Colleague.Clean(), c.Activation)
		if err != nil {
			return err
		}
		invite(w, colleague)
		// The links up to this generation say that the invitation was handed on.
		w.detail["generation"], w.detail["added"] = c.HandOn.Generation, added
		if added {
			w.changedCustomers = append(w.changedCustomers, w.a.CustomerID)
		}
		return nameActor(ctx, w, c.By)
	})
	if err != nil {
		return "", err
	}
	a, err := s.read.Activation(ctx, string(c.Activation))
	return string(a.InvitedID), failure(err)
}

// requireSeparateParties requires that an administrator of the customer hands on the invitation,
// and that neither this person nor the colleague is an employee of the office.
func requireSeparateParties(ctx context.Context, w *stepContext, c message.Command) error {
	by, err := w.Queries.Administrator(ctx, db.AdministratorParams{ID: c.By, CustomerID: w.a.CustomerID})
	if err != nil {
		return notFound(err, collaboration.CodeAdministratorNotFound)
	}
	for _, each := range []struct {
		email string
		code  collaboration.Code
	}{{by.Email, collaboration.CodeSeparationOfDuties}, {c.HandOn.Colleague.Email, collaboration.CodeEmployeeAddress}} {
		isEmployee, err := w.isEmployeeAddress(ctx, w.a.OfficeID, strings.TrimSpace(each.email))
		if err != nil {
			return err
		}
		if isEmployee {
			return &collaboration.Error{Code: each.code}
		}
	}
	return nil
}

// RequestInvitation stores once that the customer asked for a new invitation.
func (s Steps) RequestInvitation(ctx context.Context, id collaboration.ActivationID, by string, when time.Time) error {
	st := step{activation: id, key: "asked_again", action: collaboration.ActionAskedAgain, by: by, at: when}
	return s.runStep(ctx, st, func(w *stepContext) error {
		if err := w.require(w.state() != collaboration.Active, collaboration.CodeAlreadyDecided); err != nil {
			return err
		}
		w.a.AskedAgainAt = at(when)
		return nil
	})
}

// proposalActions has the audit action for each state of a proposal.
var proposalActions = map[collaboration.ProposalState]collaboration.Action{
	collaboration.ProposalOpen:      collaboration.ActionChangeProposed,
	collaboration.ProposalApproved:  collaboration.ActionChangeApproved,
	collaboration.ProposalDeclined:  collaboration.ActionChangeDeclined,
	collaboration.ProposalWithdrawn: collaboration.ActionChangeWithdrawn,
	collaboration.ProposalExpired:   collaboration.ActionChangeExpired,
	collaboration.ProposalLapsed:    collaboration.ActionChangeLapsed,
}

// RecordProposal stores a proposal in its new state, and what follows from it: the approved
// conditions, except those of the next term, and the changed agreement.
func (s Steps) RecordProposal(ctx context.Context, c message.ProposalInput) error {
	p := c.Proposal
	st := step{
		activation: c.Activation, key: fmt.Sprintf("proposal:%d:%s", p.Number, p.State), action: proposalActions[p.State],
		by: c.By, at: c.At, detail: proposalDetail(p),
	}
	return s.runStep(ctx, st, func(w *stepContext) error {
		if err := w.require(w.state() == collaboration.Active, collaboration.CodeNotActive); err != nil {
			return err
		}
		if p.Decision != nil {
			if err := w.storeEvidence(ctx, *p.Decision); err != nil {
				return err
			}
		}
		if c.Agreement != nil {
			if err := setJSON(&w.a.Agreement, c.Agreement); err != nil {
				return err
			}
		}
		if p.State == collaboration.ProposalApproved {
			var a collaboration.Agreement
			if err := json.Unmarshal([]byte(w.a.Agreement), &a); err != nil {
				return err
			}
			w.detail["starts_on"] = a.StartsOn // the receipt has it
		}
		if p.State == collaboration.ProposalApproved && p.Kind == collaboration.ProposalChange {
			if err := setConditions(ctx, w, p.To); err != nil {
				return err
			}
		}
		return setJSON(&w.a.Proposal, p)
	})
}

func proposalDetail(p collaboration.Proposal) detail {
	d := detail{"number": p.Number, "kind": p.Kind, "from": p.From, "to": p.To}
	if p.State == collaboration.ProposalOpen {
		d["expires_at"] = p.ExpiresAt
	}
	if p.Unanswered != "" {
		d["unanswered"] = p.Unanswered
	}
	return d
}

// setConditions sets the conditions that apply from now on. The subscription has them once the
// agreement has started.
func setConditions(ctx context.Context, w *stepContext, c collaboration.Conditions) error {
	w.a.Variant, w.a.InvoiceRecipient, w.a.TermsVersion = c.Variant, string(c.InvoiceRecipient), c.TermsVersion
	if err := setJSON(&w.a.Prices, c.Prices); err != nil {
		return err
	}
	if !w.a.Started {
		return nil
	}
	return setSubscription(ctx, w)
}

// setSubscription sets the variant and the invoice recipient of the customer's subscription.
func setSubscription(ctx context.Context, w *stepContext) error {
	return w.changedCustomer(w.SetSubscription(ctx, db.SetSubscriptionParams{
		CustomerID: w.a.CustomerID, SolutionID: w.a.SolutionID, InvoiceRecipient: w.a.InvoiceRecipient, Variant: w.a.Variant,
	}))
}

// lapseProposal closes the open proposal of a collaboration that ends.
func lapseProposal(w *stepContext, by string, at time.Time) error {
	var p *collaboration.Proposal
	if err := json.Unmarshal([]byte(w.a.Proposal), &p); err != nil || !p.IsOpen() {
		return err
	}
	p.State = collaboration.ProposalLapsed
	w.extraEvents = append(w.extraEvents, step{
		activation: collaboration.ActivationID(w.a.ID), key: fmt.Sprintf("proposal:%d:%s", p.Number, p.State), action: collaboration.ActionChangeLapsed,
		by: by, at: at, detail: proposalDetail(*p),
	})
	return setJSON(&w.a.Proposal, p)
}
