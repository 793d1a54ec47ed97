package message

import (
	"encoding/json"
	"fmt"
	"time"

	"countersign/collaboration"
)

// Restored returns the state of a live activation from the database, for an execution that
// Temporal has lost. The events are its whole audit. The contact is that of the administrator
// that the activation created; nil for none.
//
// The database does not have commands that were accepted and not stored, the IDs of processed
// commands, and whether a term without a proposal was compared with the catalogue. A new
// customer's contact is stored with the administrator only: an activation without it closes as
// failed, and its steps are compensated.
func Restored(a collaboration.Activation, events []collaboration.Event, contact *collaboration.Contact) (State, error) {
	s := NewState(a.Order())
	s.Order.Contact = contact
	s.Status.State, s.Status.Decision, s.Status.Agreement, s.Status.Proposal = a.State, a.Decision, a.Agreement, a.Proposal
	s.Status.ExpiresAt, s.Status.RemindersPaused = a.ExpiresAt, a.RemindersPaused
	s.Status.Generation = max(a.Generation, s.Status.Generation)
	if d := a.Decision; d != nil {
		s.Status.Generation = max(d.Generation, s.Status.Generation)
		s.MarkProcessed(d.ID)
	}
	if a.State != collaboration.Activating { // otherwise the steps run again, and have no second effect
		s.Provisioned, s.Invitation.Mailed = true, s.Status.Generation
	}
	s.restoreBounces(a.Invited)
	for _, e := range events {
		if err := s.restoreEvent(e); err != nil {
			return s, fmt.Errorf("event %d: %w", e.Sequence, err)
		}
	}
	if a.State == collaboration.Activating && a.Scenario.CreatesAdministrator() && contact == nil {
		s.Status.State = collaboration.Failed
		s.Closing = &Closing{By: collaboration.ActorSystem, Code: collaboration.CodeUnavailable, Detail: "the contact was lost with the execution"}
	}
	return s, nil
}

// restoreBounces restores the bounces of the current generation. The office was notified.
func (s *State) restoreBounces(invited []collaboration.Invited) {
	for _, i := range invited {
		if i.Delivery == collaboration.DeliveryBounced {
			s.Invitation.Bounced = append(s.Invitation.Bounced, i.AdministratorID)
		}
	}
	s.Invitation.BouncesNotified = len(s.Invitation.Bounced)
	s.Status.Bounced = len(invited) > 0 && len(s.Invitation.Bounced) == len(invited)
}

// restoredEvent has the values of an event's detail.
type restoredEvent struct {
	Kind             string                         `json:"kind"`
	Administrator    string                         `json:"administrator"`
	EndsOn           collaboration.Date             `json:"ends_on"`
	InvoiceRecipient collaboration.InvoiceRecipient `json:"invoice_recipient"`
	RemindersPaused  *bool                          `json:"reminders_paused"`
	From             collaboration.Conditions       `json:"from"`
	To               collaboration.Conditions       `json:"to"`
}

func (e restoredEvent) isRenewal() bool { return e.Kind == string(collaboration.ProposalRenewal) }

// restoreEvent restores the values that only the audit has. The events come in order.
func (s *State) restoreEvent(e collaboration.Event) error {
	var d restoredEvent
	if err := json.Unmarshal([]byte(e.Detail), &d); err != nil {
		return err
	}
	switch e.Action {
	case collaboration.ActionInvitationSent:
		s.Invitation.By, s.Invitation.RemindedAt = e.By, time.Time{}
	case collaboration.ActionReminderSent:
		s.Invitation.RemindedAt = e.At
	case collaboration.ActionForwarded:
		s.Invitation.Administrator = d.Administrator
	case collaboration.ActionHandedOn:
		s.Invitation.Administrator = d.Administrator
		s.Invitation.HandOns++
		s.Notices++
	case collaboration.ActionChanged:
		if d.RemindersPaused != nil && !*d.RemindersPaused {
			s.Invitation.RemindedAt = e.At
		}
		if d.InvoiceRecipient != "" && s.isApprovedAt(e.At) { // the parties were notified
			s.Notices++
		}
	case collaboration.ActionNoticeGiven, collaboration.ActionNoticeRevoked, collaboration.ActionEndSet:
		s.Notices++
		if !e.At.Before(d.EndsOn.AddDays(-s.Rules.NoticeDays).Start()) {
			s.TermEndNotified = true
		}
	case collaboration.ActionAgreementRenewed:
		s.TermEndNotified, s.RenewalChecked, s.Renewal = false, false, nil
	case collaboration.ActionNotificationSent:
		switch collaboration.NotificationKind(d.Kind) {
		case collaboration.NotificationTermEnds:
			s.TermEndNotified = true
		case collaboration.NotificationChangeReminder:
			s.ProposalRemindedAt = e.At
		}
	default:
		s.restoreProposal(e, d)
	}
	return nil
}

func (s *State) isApprovedAt(t time.Time) bool {
	return s.Order.IsTakeOver() || s.Status.Decision != nil && !t.Before(s.Status.Decision.At)
}

// restoreProposal restores the effect of the latest proposals on the renewal.
func (s *State) restoreProposal(e collaboration.Event, d restoredEvent) {
	switch e.Action {
	case collaboration.ActionChangeProposed:
		s.ProposalRemindedAt = e.At
		s.RenewalChecked = s.RenewalChecked || d.isRenewal()
	case collaboration.ActionChangeLapsed:
		s.RenewalChecked = s.RenewalChecked && !d.isRenewal() // the notice may be revoked
	case collaboration.ActionChangeApproved:
		next := &collaboration.Change{}
		if d.To.TermsVersion != d.From.TermsVersion {
			next.TermsVersion = d.To.TermsVersion
		}
		pricesChange := d.To.Prices != d.From.Prices
		if pricesChange {
			next.Prices = &d.To.Prices
		}
		switch {
		case d.isRenewal():
			s.Renewal = next
		case s.Renewal != nil && pricesChange: // a later price replaces that of the renewal
			s.Renewal.Prices = nil
		}
	}
}
