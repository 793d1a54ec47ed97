package app

import (
	"context"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// deadlines bounds each call of the store and of Temporal.
type deadlines struct{ read, message, bulk time.Duration }

// CallWithin calls f with a deadline, and returns its result. The handlers use it for what
// they read without a use case.
func CallWithin[T any](ctx context.Context, limit time.Duration, f func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return f(ctx)
}

// runWithin calls f with a deadline.
func runWithin(ctx context.Context, limit time.Duration, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return f(ctx)
}

type timedCustomers struct {
	next CustomerLookup
	deadlines
}

func (t timedCustomers) Customer(ctx context.Context, officeID, id string) (collaboration.Customer, error) {
	return CallWithin(ctx, t.read, func(ctx context.Context) (collaboration.Customer, error) { return t.next.Customer(ctx, officeID, id) })
}

type timedStore struct {
	next Store
	deadlines
	timedErasure
}

func newTimedStore(next Store, d deadlines) timedStore {
	return timedStore{next, d, timedErasure{next, d}}
}

type timedErasure struct {
	next CustomerStore
	deadlines
}

func (t timedErasure) EraseCustomer(ctx context.Context, officeID, customerID, by string, now time.Time) error {
	return runWithin(ctx, t.message, func(ctx context.Context) error { return t.next.EraseCustomer(ctx, officeID, customerID, by, now) })
}

func (t timedErasure) EraseAddress(ctx context.Context, by collaboration.Employee, email string, now time.Time) (collaboration.ErasedAddress, error) {
	return CallWithin(ctx, t.bulk, func(ctx context.Context) (collaboration.ErasedAddress, error) {
		return t.next.EraseAddress(ctx, by, email, now)
	})
}

func (t timedStore) Customer(ctx context.Context, officeID, id string) (collaboration.Customer, error) {
	return timedCustomers{t.next, t.deadlines}.Customer(ctx, officeID, id)
}

func (t timedStore) Activation(ctx context.Context, id collaboration.ActivationID) (collaboration.Activation, error) {
	return CallWithin(ctx, t.read, func(ctx context.Context) (collaboration.Activation, error) { return t.next.Activation(ctx, id) })
}

func (t timedStore) ActivationsOf(ctx context.Context, customers []collaboration.Administration) ([]collaboration.Activation, error) {
	return CallWithin(ctx, t.read, func(ctx context.Context) ([]collaboration.Activation, error) {
		return t.next.ActivationsOf(ctx, customers)
	})
}

func (t timedStore) RequestInvitation(ctx context.Context, id collaboration.ActivationID, by string, now time.Time) error {
	return runWithin(ctx, t.read, func(ctx context.Context) error { return t.next.RequestInvitation(ctx, id, by, now) })
}

func (t timedStore) LiveActivation(ctx context.Context, officeID, customerID, solutionID string) (collaboration.ActivationID, error) {
	return CallWithin(ctx, t.read, func(ctx context.Context) (collaboration.ActivationID, error) {
		return t.next.LiveActivation(ctx, officeID, customerID, solutionID)
	})
}

func (t timedStore) AddTerms(ctx context.Context, terms collaboration.TermsText) error {
	return runWithin(ctx, t.read, func(ctx context.Context) error { return t.next.AddTerms(ctx, terms) })
}

func (t timedStore) Events(ctx context.Context, id collaboration.ActivationID, after int) ([]collaboration.Event, error) {
	return CallWithin(ctx, t.read, func(ctx context.Context) ([]collaboration.Event, error) { return t.next.Events(ctx, id, after) })
}

func (t timedStore) TaskOwner(ctx context.Context, officeID, taskID string) (string, error) {
	return CallWithin(ctx, t.read, func(ctx context.Context) (string, error) { return t.next.TaskOwner(ctx, officeID, taskID) })
}

func (t timedStore) LastLocale(ctx context.Context, officeID, customerID, administratorID string) (collaboration.Locale, error) {
	return CallWithin(ctx, t.read, func(ctx context.Context) (collaboration.Locale, error) {
		return t.next.LastLocale(ctx, officeID, customerID, administratorID)
	})
}

func (t timedStore) IsEmployeeAddress(ctx context.Context, officeID, email string) (bool, error) {
	return CallWithin(ctx, t.read, func(ctx context.Context) (bool, error) {
		return t.next.IsEmployeeAddress(ctx, officeID, email)
	})
}

func (t timedStore) OfficeDefaults(ctx context.Context, officeID string) (collaboration.OfficeDefaults, error) {
	return CallWithin(ctx, t.read, func(ctx context.Context) (collaboration.OfficeDefaults, error) {
		return t.next.OfficeDefaults(ctx, officeID)
	})
}

func (t timedStore) ReserveKey(ctx context.Context, officeID, key, requestHash string, value collaboration.ActivationID, now time.Time) (collaboration.ActivationID, error) {
	return CallWithin(ctx, t.read, func(ctx context.Context) (collaboration.ActivationID, error) {
		return t.next.ReserveKey(ctx, officeID, key, requestHash, value, now)
	})
}

func (t timedStore) ClaimKey(ctx context.Context, officeID, key, requestHash, attempt string, now time.Time) (response []byte, claimed bool, err error) {
	err = runWithin(ctx, t.read, func(ctx context.Context) error {
		response, claimed, err = t.next.ClaimKey(ctx, officeID, key, requestHash, attempt, now)
		return err
	})
	return response, claimed, err
}

func (t timedStore) StoreResponse(ctx context.Context, officeID, key, attempt string, response []byte) error {
	return runWithin(ctx, t.read, func(ctx context.Context) error {
		return t.next.StoreResponse(ctx, officeID, key, attempt, response)
	})
}

func (t timedStore) ReleaseKey(ctx context.Context, officeID, key, attempt string) error {
	return runWithin(ctx, t.read, func(ctx context.Context) error { return t.next.ReleaseKey(ctx, officeID, key, attempt) })
}

func (t timedStore) NameMainContact(ctx context.Context, officeID, customerID, administratorID, by string) error {
	return runWithin(ctx, t.read, func(ctx context.Context) error {
		return t.next.NameMainContact(ctx, officeID, customerID, administratorID, by)
	})
}

func (t timedStore) AddBatch(ctx context.Context, b collaboration.Batch, rows []collaboration.BatchRow) error {
	return runWithin(ctx, t.bulk, func(ctx context.Context) error { return t.next.AddBatch(ctx, b, rows) })
}

func (t timedStore) Batch(ctx context.Context, officeID, id string) (collaboration.Batch, error) {
	return CallWithin(ctx, t.read, func(ctx context.Context) (collaboration.Batch, error) { return t.next.Batch(ctx, officeID, id) })
}

func (t timedStore) BatchRows(ctx context.Context, id string, result collaboration.BatchResult, after, limit int) ([]collaboration.BatchRow, error) {
	return CallWithin(ctx, t.read, func(ctx context.Context) ([]collaboration.BatchRow, error) {
		return t.next.BatchRows(ctx, id, result, after, limit)
	})
}

func (t timedStore) CancelBatch(ctx context.Context, officeID, id string, when time.Time) error {
	return runWithin(ctx, t.message, func(ctx context.Context) error { return t.next.CancelBatch(ctx, officeID, id, when) })
}

func (t timedStore) RetryBatch(ctx context.Context, officeID, id string) error {
	return runWithin(ctx, t.message, func(ctx context.Context) error { return t.next.RetryBatch(ctx, officeID, id) })
}

func (t timedStore) Webhooks(ctx context.Context, officeID string) ([]collaboration.Webhook, error) {
	return CallWithin(ctx, t.read, func(ctx context.Context) ([]collaboration.Webhook, error) { return t.next.Webhooks(ctx, officeID) })
}

func (t timedStore) AddWebhook(ctx context.Context, w collaboration.Webhook) (id, secret string, err error) {
	ctx, cancel := context.WithTimeout(ctx, t.read)
	defer cancel()
	return t.next.AddWebhook(ctx, w)
}

func (t timedStore) RecordReplay(ctx context.Context, officeID, id, by, replay string, since time.Time) error {
	return runWithin(ctx, t.message, func(ctx context.Context) error { return t.next.RecordReplay(ctx, officeID, id, by, replay, since) })
}

func (t timedStore) EventsSince(ctx context.Context, officeID string, since time.Time) ([]collaboration.WebhookDelivery, time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, t.bulk)
	defer cancel()
	return t.next.EventsSince(ctx, officeID, since)
}

type timedWorkflows struct {
	next Workflows
	deadlines
}

func (t timedWorkflows) Start(ctx context.Context, order collaboration.Order) error {
	return runWithin(ctx, t.message, func(ctx context.Context) error { return t.next.Start(ctx, order) })
}

func (t timedWorkflows) SendCommand(ctx context.Context, c message.Command) (message.Status, error) {
	return CallWithin(ctx, t.message, func(ctx context.Context) (message.Status, error) { return t.next.SendCommand(ctx, c) })
}

func (t timedWorkflows) Status(ctx context.Context, id collaboration.ActivationID) (message.Status, error) {
	return CallWithin(ctx, t.read, func(ctx context.Context) (message.Status, error) { return t.next.Status(ctx, id) })
}

func (t timedWorkflows) StartBatch(ctx context.Context, office, id string) error {
	return runWithin(ctx, t.message, func(ctx context.Context) error { return t.next.StartBatch(ctx, office, id) })
}

func (t timedWorkflows) DeliverWebhook(ctx context.Context, d collaboration.WebhookDelivery, replay string) error {
	return runWithin(ctx, t.message, func(ctx context.Context) error { return t.next.DeliverWebhook(ctx, d, replay) })
}

func (t timedWorkflows) SendNotification(ctx context.Context, subject collaboration.Subject, l collaboration.Notification) error {
	return runWithin(ctx, t.message, func(ctx context.Context) error { return t.next.SendNotification(ctx, subject, l) })
}
