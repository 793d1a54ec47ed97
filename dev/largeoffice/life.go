package largeoffice

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/store"
)

// life is the life of one activation until base. Its steps stop at the first error.
type life struct {
	names
	ctx      context.Context
	store    *store.Store
	id       collaboration.ActivationID
	customer collaboration.Customer
	solution collaboration.Solution
	// base is the present, and now the time that the life has reached.
	base, now time.Time
	// state has what a workflow would know of the activation.
	state message.State
	err   error
}

// do runs a step, unless an earlier one failed.
func (l *life) do(step func() error) {
	if l.err == nil {
		l.err = step()
	}
}

// daysAgo moves to working hours some days before base.
func (l *life) daysAgo(days int) { l.now = l.workTime(days) }

func (l *life) workTime(days int) time.Time {
	day := collaboration.DateOf(l.base).AddDays(-days)
	switch day.Start().In(collaboration.Stockholm).Weekday() {
	case time.Saturday:
		day = day.AddDays(-1)
	case time.Sunday:
		day = day.AddDays(-2)
	}
	at := day.Start().Add(8*time.Hour + time.Duration(l.IntN(8*3600))*time.Second)
	if latest := l.base.Add(-15 * time.Minute); at.After(latest) {
		at = latest
	}
	return at.UTC()
}

// later moves the time by some hours to days, but not to the present.
func (l *life) later(days float64) {
	l.now = l.now.Add(time.Duration(days * 24 * float64(time.Hour) * (0.5 + l.Float64()/2)))
	if latest := l.base.Add(-time.Minute); l.now.After(latest) {
		l.now = latest
	}
}

// request stores the activation that an employee requests, and provisions it.
func (l *life) request(change ...func(*collaboration.Request)) {
	l.do(func() error { return l.order(change) })
	o := l.state.Order
	l.do(func() error { return l.store.OpenActivation(l.ctx, o) })
	l.do(func() error { return l.store.CheckTask(l.ctx, o, l.now) })
	if o.Scenario.ActivatesSolution() {
		l.do(func() error { return l.store.ActivateSolution(l.ctx, o, l.now) })
	}
	if o.Scenario.CreatesAdministrator() {
		l.do(func() error { return l.store.CreateAdministrator(l.ctx, o, l.now) })
	}
}

// order makes the order with the form's rules.
func (l *life) order(change []func(*collaboration.Request)) error {
	scenario := l.customer.Scenario(l.solution.ID)
	r := collaboration.Request{CustomerID: l.customer.ID, SolutionID: l.solution.ID, TaskID: l.customer.Tasks[0].ID}
	if open := l.customer.OpenTasks(); len(open) > 0 {
		r.TaskID = open[0].ID
	}
	if l.solution.Asks(scenario, collaboration.FieldInvoiceRecipient) {
		r.InvoiceRecipient = pick(l.Rand, collaboration.InvoiceRecipients())
	}
	if l.solution.Asks(scenario, collaboration.FieldAgreementMonths) {
		r.AgreementMonths = pick(l.Rand, collaboration.AgreementMonthChoices())
	}
	if l.solution.Asks(scenario, collaboration.FieldVariant) {
		r.Variant = pick(l.Rand, l.solution.Variants).ID
	}
	if l.solution.Asks(scenario, collaboration.FieldContact) {
		contact := l.contact(l.person(), l.customer.Name)
		r.Contact = &contact
	}
	if l.IntN(10) == 0 {
		r.Locale = collaboration.English
	}
	for _, f := range change {
		f(&r)
	}
	order, err := collaboration.NewOrder(r, l.customer, l.solution, l.customer.ID, l.now)
	if err != nil {
		return fmt.Errorf("customer %s, %s: %w", l.customer.ID, l.solution.ID, err)
	}
	order.Activation, order.RequestedBy = l.id, pick(l.Rand, employees).ID
	l.state = message.NewState(order)
	return nil
}

// activationID returns the same ID in every stack, so that an interrupted start can
// continue.
func activationID(r *rand.Rand, customerID, solutionID string) collaboration.ActivationID {
	const opaque = "abcdefghjkmnpqrstuvwxyz123456789"
	id := collaboration.NewActivationID(OfficeID, customerID, solutionID)
	serial := make([]byte, 16)
	for i := range serial {
		serial[i] = opaque[r.IntN(len(opaque))]
	}
	return id[:len(id)-len(serial)] + collaboration.ActivationID(serial)
}

// invite sends the invitation of the current generation, and delivers it.
func (l *life) invite() {
	l.now = l.now.Add(2 * time.Second)
	l.state.Status.ExpiresAt = l.now.Add(l.state.Rules.InvitationLifetime)
	l.state.Invitation.RemindedAt = time.Time{}
	l.mail(collaboration.Notification{
		Kind: collaboration.NotificationInvitation, Generation: l.state.Status.Generation, ExpiresAt: l.state.Status.ExpiresAt, By: l.state.Order.RequestedBy,
	}, "")
	if l.IntN(3) == 0 { // most mail servers report nothing
		l.report(collaboration.DeliveryDelivered)
	}
}

// report stores the mail provider's event about the invitation.
func (l *life) report(status collaboration.DeliveryStatus) {
	event := collaboration.MailEvent{ProviderID: l.providerID(string(collaboration.NotificationInvitation), l.state.Status.Generation, 0, ""), Status: status, At: l.now.Add(20 * time.Second)}
	l.do(func() error { _, err := l.store.RecordMailEvent(l.ctx, event); return err })
	l.do(func() error { return l.store.MarkMailEventReported(l.ctx, event) })
}

func (l *life) providerID(kind string, generation, number int, employee string) string {
	return message.NewID(l.state.Order.Activation, kind, generation, number, employee) + "@countersign.example"
}

// mail stores a mail as sent to one recipient: an employee, or the customer's person for
// "".
func (l *life) mail(n collaboration.Notification, employee string) {
	n.Activation, n.At = l.state.Order.Activation, l.now
	l.do(func() error { _, err := l.store.BeginMail(l.ctx, n, employee); return err })
	l.do(func() error {
		return l.store.FinishMail(l.ctx, n, employee, collaboration.DeliveryAccepted, l.providerID(string(n.Kind), n.Generation, n.Number, employee))
	})
}

// notify stores a notification as sent to all its recipients.
func (l *life) notify(n collaboration.Notification) {
	n.Activation = l.state.Order.Activation
	var to []string
	l.do(func() (err error) { to, err = l.store.Addressees(l.ctx, n); return err })
	for _, employee := range to {
		l.mail(n, employee)
	}
}

// remind sends the reminders that were due until a time, but none after base.
func (l *life) remind(until time.Time) {
	if until.After(l.base) {
		until = l.base
	}
	for {
		next, ok := l.state.Rules.NextReminder(l.state.Status.ExpiresAt, l.state.Invitation.RemindedAt)
		if !ok || next.At.After(until) {
			return
		}
		l.now, l.state.Invitation.RemindedAt = next.At, next.At
		l.notify(collaboration.Notification{
			Kind: collaboration.NotificationReminder, Generation: l.state.Status.Generation, Number: next.Number, ExpiresAt: l.state.Status.ExpiresAt, By: collaboration.ActorSystem,
		})
	}
}

// The lives of pending invitations.

func invited(l *life) { l.invitedFor(l.IntN(6)) }

func reminded(l *life) { l.invitedFor(4 + l.IntN(10)) }

func (l *life) invitedFor(days int) {
	l.daysAgo(days)
	l.request()
	l.invite()
	l.remind(l.base)
}

// nearlyExpired is an invitation that expires within two days.
func nearlyExpired(l *life) {
	l.now = l.base.Add(-collaboration.InvitationLifetime + time.Duration(6+l.IntN(40))*time.Hour)
	l.request()
	l.invite()
	l.remind(l.base)
}

func bounced(l *life) {
	l.daysAgo(1 + l.IntN(6))
	l.request()
	l.invite()
	l.report(collaboration.DeliveryBounced)
	l.now = l.now.Add(time.Minute)
	l.notify(collaboration.Notification{Kind: collaboration.NotificationBounced, Generation: l.state.Status.Generation, By: collaboration.ActorSystem})
}

func paused(l *life) {
	l.daysAgo(8 + l.IntN(8))
	l.request()
	l.invite()
	l.later(2)
	pause := true
	command := message.Command{
		ID: message.NewID(l.state.Order.Activation, "pause"), Activation: l.state.Order.Activation, Kind: collaboration.CommandChange,
		By: l.state.Order.RequestedBy, At: l.now, Change: &collaboration.Change{RemindersPaused: &pause},
	}
	l.do(func() error { return l.store.ChangeActivation(l.ctx, command) })
}

func resent(l *life) {
	l.daysAgo(12 + l.IntN(8))
	l.request()
	l.invite()
	l.remind(l.now.AddDate(0, 0, 5))
	l.later(2)
	l.state.Status.Generation++
	l.invite()
	l.remind(l.base)
}

// The lives that end without an answer, or with a refusal.

func declined(l *life) { l.declinedBefore(5 + l.IntN(300)) }

func declinedLately(l *life) { l.declinedBefore(6) }

func declinedEarly(l *life) { l.declinedBefore(460 + l.IntN(20)) }

func (l *life) declinedBefore(days int) {
	l.daysAgo(days)
	l.request()
	l.invite()
	l.later(4)
	d := collaboration.Decision{Outcome: collaboration.Decline, Reason: pick(l.Rand, collaboration.DeclineReasons())}
	if d.Reason == collaboration.ReasonOther {
		d.Comment = pick(l.Rand, []string{"Vi väntar till nästa år.", "Vi har bytt program.", "Ring mig först, tack."})
	}
	l.decide(&d)
	l.close(collaboration.Declined, "", d.By, &d, collaboration.NotificationDeclined)
}

func expired(l *life) { l.expiredBefore(35 + l.IntN(300)) }

func expiredEarly(l *life) { l.expiredBefore(460 + l.IntN(20)) }

func (l *life) expiredBefore(days int) {
	l.daysAgo(days)
	l.request()
	l.invite()
	l.remind(l.base)
	l.now = l.state.Status.ExpiresAt
	l.close(collaboration.Expired, "", collaboration.ActorSystem, nil, collaboration.NotificationExpired)
}

func withdrawn(l *life) {
	l.daysAgo(4 + l.IntN(300))
	l.request()
	l.invite()
	l.later(3)
	l.close(collaboration.Withdrawn, "", l.state.Order.RequestedBy, nil, "")
}

// refusedByMail is an invitation to an address that the mail server rejects. The office
// withdraws it.
func refusedByMail(l *life) {
	l.daysAgo(4 + l.IntN(300))
	l.request()
	n := collaboration.Notification{
		Activation: l.state.Order.Activation, Kind: collaboration.NotificationInvitation, Generation: 1, By: l.state.Order.RequestedBy, At: l.now,
		ExpiresAt: l.now.Add(l.state.Rules.InvitationLifetime),
	}
	l.do(func() error { _, err := l.store.BeginMail(l.ctx, n, ""); return err })
	l.do(func() error { return l.store.FinishMail(l.ctx, n, "", collaboration.DeliveryBounced, "") })
	l.later(3)
	l.close(collaboration.Withdrawn, "", l.state.Order.RequestedBy, nil, "")
}

// failedByTask is an activation with a task that was closed between the form and the check.
func failedByTask(l *life) {
	l.daysAgo(2 + l.IntN(300))
	stored := l.customer.Tasks
	l.customer.Tasks = slices.Clone(stored)
	l.customer.Tasks[0].Open = true
	l.do(func() error {
		return l.order([]func(*collaboration.Request){func(r *collaboration.Request) { r.TaskID = stored[0].ID }})
	})
	l.customer.Tasks = stored
	l.do(func() error { return l.store.OpenActivation(l.ctx, l.state.Order) })
	l.close(collaboration.Failed, collaboration.CodeTaskClosed, collaboration.ActorSystem, nil, collaboration.NotificationFailed)
}

// close compensates the provisioning in reverse order, and stores the outcome.
func (l *life) close(state collaboration.State, code collaboration.Code, by string, d *collaboration.Decision, kind collaboration.NotificationKind) {
	o := l.state.Order
	input := message.CompensationInput{Activation: o.Activation, CustomerID: o.CustomerID, SolutionID: o.SolutionID, At: l.now}
	if o.Scenario.CreatesAdministrator() {
		l.do(func() error { return l.store.RemoveAdministrator(l.ctx, input) })
	}
	if o.Scenario.ActivatesSolution() {
		l.do(func() error { return l.store.DeactivateSolution(l.ctx, input) })
	}
	l.do(func() error {
		return l.store.CloseActivation(l.ctx, message.CloseInput{Activation: o.Activation, State: state, Code: code, Decision: d, By: by, At: l.now})
	})
	if kind != "" {
		n := collaboration.Notification{Kind: kind, By: by}
		if d != nil {
			n.Administrator = d.By
		}
		l.notify(n)
	}
}
