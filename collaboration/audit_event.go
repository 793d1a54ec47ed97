package collaboration

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"
)

// Actors that are not people.
const (
	ActorSystem   = "system"
	ActorOperator = "operator"
)

// Event is one entry of an activation's audit.
type Event struct {
	Activation ActivationID
	// Sequence counts an activation's events from 1.
	Sequence int
	Action   Action
	// By is the id of an employee or an administrator, or one of the Actors.
	By string
	// ByName is the name of that person, also after it was removed; "" after an erasure.
	ByName string
	At     time.Time
	// ToName is the name of the colleague in ActionHandedOn; "" after an erasure.
	ToName string
	// Detail is a small JSON object without personal data.
	Detail string
	// Hash is that of the entry in the audit chain.
	Hash string
	// SignedHead is the signed head of the chain at this entry, as text; "" without a
	// signature.
	SignedHead string
}

// Generation returns the generation of the invitation that the event is about; 0 for none.
func (e Event) Generation() int {
	var detail struct{ Generation int }
	_ = json.Unmarshal([]byte(e.Detail), &detail) // an unreadable detail has none
	return detail.Generation
}

// Action is the kind of an event.
type Action string

// The actions of the audit.
const (
	ActionRequested            Action = "requested"
	ActionTaskChecked          Action = "task_checked"
	ActionSolutionActivated    Action = "solution_activated"
	ActionAdministratorCreated Action = "administrator_created"
	ActionInvitationQueued     Action = "invitation_queued"
	ActionInvitationSent       Action = "invitation_sent"
	ActionApproved             Action = "approved"
	ActionAgreementStarted     Action = "agreement_started"
	ActionAgreementRenewed     Action = "agreement_renewed"
	ActionNoticeGiven          Action = "notice_given"
	ActionCollaborationEnded   Action = "collaboration_ended"
	ActionSolutionDeactivated  Action = "solution_deactivated"
	ActionAdministratorRemoved Action = "administrator_removed"
	ActionClosed               Action = "closed"
	ActionReminderSent         Action = "reminder_sent"
	ActionNotificationSent     Action = "notification_sent"
	ActionAddressCorrected     Action = "address_corrected"
	ActionForwarded            Action = "forwarded"
	ActionHandedOn             Action = "handed_on"
	ActionChanged              Action = "changed"
	ActionAccessGranted        Action = "access_granted"
	ActionAccessRevoked        Action = "access_revoked"
	ActionNoticeRevoked        Action = "notice_revoked"
	ActionEndSet               Action = "end_set"
	ActionPersonalDataErased   Action = "personal_data_erased"
	ActionMailDelivered        Action = "mail_delivered"
	ActionMailBounced          Action = "mail_bounced"
	ActionHandedOver           Action = "handed_over"
	ActionAskedAgain           Action = "asked_again"
	ActionTakenOver            Action = "taken_over"
	ActionChangeProposed       Action = "change_proposed"
	ActionChangeApproved       Action = "change_approved"
	ActionChangeDeclined       Action = "change_declined"
	ActionChangeWithdrawn      Action = "change_withdrawn"
	ActionChangeExpired        Action = "change_expired"
	ActionChangeLapsed         Action = "change_lapsed"
)

// TermsText is a text of terms in one language, as it was approved.
type TermsText struct {
	Hash       string // see TermsHash
	Locale     Locale
	Version    string
	SolutionID string
	Text       string
}

// TermsText returns the text that the offer in a language refers to.
func (s Solution) TermsText(l Locale) TermsText {
	text := s.Terms.Text.In(l)
	return TermsText{Hash: TermsHash(text), Locale: l, Version: s.Terms.Version, SolutionID: s.ID, Text: text}
}

// Approval is a customer's approval of an offer, out of one row of the audit.
type Approval struct {
	Activation ActivationID
	// Row is the audit row of the approval. Its hash covers everything but Terms, which
	// Offer.TermsHash identifies.
	Row AuditRow
	// Offer is what the customer approved; OfferHash is its hash at that time.
	Offer     Offer
	OfferHash string
	At        time.Time
	// StartsOn and EndsOn are the agreement's first day, and the day after its last one.
	StartsOn, EndsOn Date
	OfficeName       string
	// The customer and the person are empty after the erasure of personal data. The name
	// and number of a company are no personal data.
	CustomerName       string
	OrganisationNumber string // masked
	Name, Email        string
	// Login is the identity that approved, without its subject; nil if none was recorded.
	Login *Login
	// Terms is the approved text.
	Terms string
}

// IsErased reports whether the personal data of the approval was erased.
func (a Approval) IsErased() bool { return a.Row.Commitment != "" && a.Row.Private == "" }

// approvalDetail has the parts of an audit row's detail and of its private part.
type approvalDetail struct {
	Decision *struct {
		Outcome   Outcome   `json:"outcome"`
		Offer     *Offer    `json:"offer"`
		OfferHash string    `json:"offer_hash"`
		At        time.Time `json:"at"`
		Login     *Login    `json:"login"`
	} `json:"decision"`
	StartsOn Date   `json:"starts_on"`
	EndsOn   Date   `json:"ends_on"`
	Office   string `json:"office"`
	Party
}

// Party is the customer in an approval.
type Party struct {
	Customer           string `json:"customer,omitempty"`
	OrganisationNumber string `json:"organisation_number,omitempty"`
}

type approvalPrivate struct {
	AnsweredName  string `json:"answered_name"`
	AnsweredEmail string `json:"answered_email"`
	LoginEmail    string `json:"login_email"`
	Party
}

// Approvals returns the approvals of an activation's audit, in order, without their terms.
func Approvals(file AuditFile) ([]Approval, error) {
	var approvals []Approval
	for _, row := range file.Rows {
		a, isApproval, err := approvalOf(row)
		if err != nil {
			return nil, fmt.Errorf("row %d of the audit: %w", row.Sequence, err)
		}
		if isApproval {
			a.Activation = file.Activation
			approvals = append(approvals, a)
		}
	}
	return approvals, nil
}

func approvalOf(row AuditRow) (a Approval, isApproval bool, err error) {
	var d approvalDetail
	if err := json.Unmarshal([]byte(row.Detail), &d); err != nil {
		return a, false, err
	}
	if d.Decision == nil || d.Decision.Outcome != Approve || d.Decision.Offer == nil {
		return a, false, nil
	}
	var p approvalPrivate
	if row.Private != "" {
		if err := json.Unmarshal([]byte(row.Private), &p); err != nil {
			return a, false, err
		}
	}
	if d.Decision.Login != nil {
		d.Decision.Login.Email = p.LoginEmail
	}
	return Approval{
		Row: row, Login: d.Decision.Login, Offer: *d.Decision.Offer, OfferHash: d.Decision.OfferHash, At: d.Decision.At, StartsOn: d.StartsOn, EndsOn: d.EndsOn,
		OfficeName: d.Office, CustomerName: cmp.Or(d.Customer, p.Customer), OrganisationNumber: cmp.Or(d.OrganisationNumber, p.OrganisationNumber),
		Name: p.AnsweredName, Email: p.AnsweredEmail,
	}, true, nil
}
