package app

import (
	"context"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/link"
)

// CustomerLookup finds a customer of an office.
type CustomerLookup interface {
	Customer(ctx context.Context, officeID, id string) (collaboration.Customer, error)
}

// ActivationStore reads activations and stores idempotency keys.
type ActivationStore interface {
	CustomerLookup
	Activation(ctx context.Context, id collaboration.ActivationID) (collaboration.Activation, error)
	ActivationsOf(ctx context.Context, customers []collaboration.Administration) ([]collaboration.Activation, error)
	LiveActivation(ctx context.Context, officeID, customerID, solutionID string) (collaboration.ActivationID, error)
	// RequestInvitation stores once that the customer asked for a new invitation.
	RequestInvitation(ctx context.Context, id collaboration.ActivationID, by string, now time.Time) error
	// AddTerms stores a text of terms once.
	AddTerms(ctx context.Context, t collaboration.TermsText) error
	Events(ctx context.Context, id collaboration.ActivationID, after int) ([]collaboration.Event, error)
	TaskOwner(ctx context.Context, officeID, taskID string) (customerID string, err error)
	// LastLocale returns the language of the last invitation to an administrator; "" before
	// the first.
	LastLocale(ctx context.Context, officeID, customerID, administratorID string) (collaboration.Locale, error)
	OfficeDefaults(ctx context.Context, officeID string) (collaboration.OfficeDefaults, error)
	// IsEmployeeAddress reports whether an active employee of an office has an address.
	IsEmployeeAddress(ctx context.Context, officeID, email string) (bool, error)
	// ReserveKey binds an idempotency key to a request and a value, and returns the
	// value of the first request with the key. Another request with the same key is
	// CodeIdempotencyKeyReused.
	ReserveKey(ctx context.Context, officeID, key, requestHash string, value collaboration.ActivationID, now time.Time) (collaboration.ActivationID, error)
	ResponseStore
}

// ResponseStore stores the responses to requests with an idempotency key.
type ResponseStore interface {
	// ClaimKey returns the response of the first request with the key. Without one,
	// claimed reports whether this attempt must run the request; otherwise another attempt
	// is running it.
	ClaimKey(ctx context.Context, officeID, key, requestHash, attempt string, now time.Time) (response []byte, claimed bool, err error)
	StoreResponse(ctx context.Context, officeID, key, attempt string, response []byte) error
	ReleaseKey(ctx context.Context, officeID, key, attempt string) error
}

// CustomerStore changes customers.
type CustomerStore interface {
	NameMainContact(ctx context.Context, officeID, customerID, administratorID, by string) error
	EraseCustomer(ctx context.Context, officeID, customerID, by string, now time.Time) error
	// EraseAddress erases a person by the e-mail address.
	EraseAddress(ctx context.Context, by collaboration.Employee, email string, now time.Time) (collaboration.ErasedAddress, error)
}

// BatchStore stores batches.
type BatchStore interface {
	AddBatch(ctx context.Context, b collaboration.Batch, rows []collaboration.BatchRow) error
	Batch(ctx context.Context, officeID, id string) (collaboration.Batch, error)
	BatchRows(ctx context.Context, id string, result collaboration.BatchResult, after, limit int) ([]collaboration.BatchRow, error)
	CancelBatch(ctx context.Context, officeID, id string, when time.Time) error
	RetryBatch(ctx context.Context, officeID, id string) error
}

// WebhookStore stores webhooks and reads their events.
type WebhookStore interface {
	Webhooks(ctx context.Context, officeID string) ([]collaboration.Webhook, error)
	AddWebhook(ctx context.Context, w collaboration.Webhook) (id, secret string, err error)
	RecordReplay(ctx context.Context, officeID, id, by, replay string, since time.Time) error
	EventsSince(ctx context.Context, officeID string, since time.Time) (events []collaboration.WebhookDelivery, next time.Time, err error)
}

// Store is the stored data that the use cases read and write.
type Store interface {
	ActivationStore
	CustomerStore
	BatchStore
	WebhookStore
}

// Workflows starts workflow executions, sends them commands and queries their status.
type Workflows interface {
	Start(ctx context.Context, order collaboration.Order) error
	SendCommand(ctx context.Context, c message.Command) (message.Status, error)
	Status(ctx context.Context, id collaboration.ActivationID) (message.Status, error)
	StartBatch(ctx context.Context, office, id string) error
	DeliverWebhook(ctx context.Context, d collaboration.WebhookDelivery, replay string) error
	SendNotification(ctx context.Context, subject collaboration.Subject, l collaboration.Notification) error
}

// Links verifies the links of invitations. An expired link has claims and the error
// CodeLinkExpired.
type Links interface {
	Verify(token, purpose string, now time.Time) (link.Claims, error)
}
