package collaboration

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"
)

// Activation is the read model of an activation, for lists and pages.
type Activation struct {
	ID         ActivationID
	OfficeID   string
	OfficeName string
	// OfficeEmail and OfficePhone are where the customer asks questions; "" for none.
	OfficeEmail, OfficePhone string
	// OfficeLogo is the digest of the office's logo; "" for none.
	OfficeLogo    string
	CustomerID    string
	CustomerName  string
	SolutionID    string
	TaskID        string
	TaskName      string
	TaskOwnerID   string
	TaskOwnerName string
	Scenario      Scenario
	State         State
	Variant       string
	KeptUntil     Date
	// RunningSince is the first day of a collaboration that was taken over.
	RunningSince Date
	Prices       PayerPrices
	// TermsVersion is that of the terms that the customer approved, or is asked to approve.
	TermsVersion     string
	InvoiceRecipient InvoiceRecipient
	Period           Period
	AgreementMonths  int
	OnEnd            EndPolicies
	Locale           Locale
	// Rules are the time limits of the invitation; zero for the default ones.
	Rules           Rules
	RequestedBy     string
	RequestedByName string
	RequestedAt     time.Time
	// FailureCode is the reason of the state Failed.
	FailureCode Code
	// Generation is that of the invitation; 0 before the first was sent.
	Generation   int
	SentAt       time.Time
	ExpiresAt    time.Time
	Delivery     DeliveryStatus
	InvitedID    string
	InvitedName  string
	InvitedEmail string
	// Invited are all recipients of the current invitation, of which the one above is the
	// first. It is empty in lists.
	Invited []Invited
	// RemindedAt is when the latest reminder was sent; zero before the first.
	RemindedAt time.Time
	// RemindersPaused is true if an employee paused the reminders.
	RemindersPaused bool
	Decision        *Decision
	Agreement       *Agreement
	// Proposal is the latest proposal of a change; nil before the first.
	Proposal *Proposal
	EndedAt  time.Time
	// AskedAgainAt is when the customer asked for a new invitation; zero before.
	AskedAgainAt time.Time
	UpdatedAt    time.Time
	// Version increases with every stored step. It is the ETag.
	Version int
}

// PersonWhoRequested returns the name that a customer reads; "" if a program requested the
// activation, for its office.
func (r Activation) PersonWhoRequested() string {
	if IsProgram(r.RequestedBy) {
		return ""
	}
	return r.RequestedByName
}

// Price is what the invoice recipient pays, as the office offered it.
func (r Activation) Price() Price { return r.Prices.Of(r.InvoiceRecipient) }

// HasStarted reports whether the agreement has started.
func (r Activation) HasStarted() bool { return r.Agreement != nil && r.Agreement.Started }

// EndPolicy returns the policy for the solution at the end of the collaboration.
func (r Activation) EndPolicy() EndPolicy {
	if r.Agreement == nil {
		return r.OnEnd.Resolve()
	}
	return r.OnEnd.Resolve(r.Agreement.OnEnd)
}

// Order returns the current terms of the activation. It has no contact, because the database
// does not store it.
func (r Activation) Order() Order {
	return Order{
		Activation: r.ID, OfficeID: r.OfficeID, CustomerID: r.CustomerID, SolutionID: r.SolutionID, Scenario: r.Scenario,
		Variant: r.Variant, KeptUntil: r.KeptUntil, Prices: r.Prices, TermsVersion: r.TermsVersion, TaskID: r.TaskID, InvoiceRecipient: r.InvoiceRecipient, Period: r.Period, AgreementMonths: r.AgreementMonths,
		OnEnd: r.OnEnd, Locale: r.Locale, RunningSince: r.RunningSince, Rules: r.Rules, RequestedBy: r.RequestedBy, RequestedAt: r.RequestedAt,
	}
}

// LiveActivation is the read model of a live activation in a list of customers.
type LiveActivation struct {
	Activation ActivationID
	CustomerID string
	SolutionID string
	State      State
	// Agreement is nil before the approval.
	Agreement *Agreement
}

// ActivationID identifies an activation: "<subject>-<serial>". The subject identifies an
// office, a customer and a solution. The workflow ID contains only the subject, so Temporal
// rejects a second live activation. The serial distinguishes successive activations of a
// subject. Both are opaque, because Temporal does not encrypt workflow IDs.
type ActivationID string

const (
	subjectLength = 20 // base32 characters: 100 bits
	serialLength  = 16 // base32 characters: 80 bits
)

// opaque has only characters that are safe in URLs and easy to read out.
var opaque = base32.NewEncoding("abcdefghjkmnpqrstuvwxyz123456789").WithPadding(base32.NoPadding)

// NewActivationID returns an ID for a new activation.
func NewActivationID(officeID, customerID, solutionID string) ActivationID {
	sum := sha256.Sum256([]byte(officeID + "\x00" + customerID + "\x00" + solutionID))
	serial := make([]byte, serialLength*5/8)
	rand.Read(serial) // never fails, as documented
	return ActivationID(opaque.EncodeToString(sum[:])[:subjectLength] + "-" + opaque.EncodeToString(serial))
}

// ParseActivationID returns CodeActivationNotFound for a malformed ID.
func ParseActivationID(s string) (ActivationID, error) {
	subject, serial, ok := strings.Cut(s, "-")
	if !ok || len(subject) != subjectLength || len(serial) != serialLength || !isOpaque(subject) || !isOpaque(serial) {
		return "", &Error{Code: CodeActivationNotFound}
	}
	return ActivationID(s), nil
}

func isOpaque(s string) bool { return strings.Trim(s, "abcdefghjkmnpqrstuvwxyz123456789") == "" }

// WorkflowID returns the ID of the activation's workflow execution.
func (id ActivationID) WorkflowID() string {
	subject, _, _ := strings.Cut(string(id), "-")
	return "activation-" + subject
}

// SubjectOf returns the subject of a workflow ID. Only the executions of activations and
// notifications have one.
func SubjectOf(workflowID string) (subject string, ok bool) {
	kind, rest, _ := strings.Cut(workflowID, "-")
	subject, _, _ = strings.Cut(rest, "-")
	return subject, (kind == "activation" || kind == "notification") && len(subject) == subjectLength && isOpaque(subject)
}

// Subject is the office, the customer and the solution of an activation.
type Subject struct{ OfficeID, CustomerID, SolutionID string }

// Subject returns the subject of the order.
func (o Order) Subject() Subject { return Subject{o.OfficeID, o.CustomerID, o.SolutionID} }

// Subject returns the subject of the activation.
func (r Activation) Subject() Subject { return Subject{r.OfficeID, r.CustomerID, r.SolutionID} }
