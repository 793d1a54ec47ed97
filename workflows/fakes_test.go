package workflows_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// backend is the store and the mail provider in memory. It records the calls in order, and
// fails those that a test selects.
type backend struct {
	mu    sync.Mutex
	calls []string
	did   []string // the calls that did not fail
	// fail returns the error of a call, by its name and number from 1.
	fail map[string]func(n int) error
	// stored has the commands with stored effects.
	stored        map[string]bool
	mails         []collaboration.Mail
	approval      message.ApprovalInput
	start         message.StartInput
	closing       message.CloseInput
	end           message.EndInput
	takenOver     message.TakeOverInput
	renewed       collaboration.Agreement
	renewal       *collaboration.Conditions
	notifications []collaboration.Notification
	changes       []message.Command
	agreements    []message.AmendmentInput
	proposals     []message.ProposalInput
	// directoryMails has the mails about changed addresses that were sent.
	directoryMails []string
	catalogue      collaboration.Catalogue
}

func newBackend() *backend {
	return &backend{fail: map[string]func(int) error{}, stored: map[string]bool{}}
}

func (b *backend) call(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, name)
	if f := b.fail[name]; f != nil {
		if err := f(b.countLocked(name)); err != nil {
			return err
		}
	}
	b.did = append(b.did, name)
	return nil
}

// store is an idempotent call: a repeat with the same id succeeds without an effect.
func (b *backend) store(name, id string) error {
	b.mu.Lock()
	stored := b.stored[name+id]
	b.mu.Unlock()
	if stored {
		return nil
	}
	err := b.call(name)
	b.mu.Lock()
	b.stored[name+id] = err == nil
	b.mu.Unlock()
	return err
}

func (b *backend) countLocked(name string) (n int) {
	for _, c := range b.calls {
		if c == name {
			n++
		}
	}
	return n
}

func (b *backend) count(name string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.countLocked(name)
}

// invited returns the invitations that were sent.
func (b *backend) invited() (sent []collaboration.Notification) {
	return b.sent(collaboration.NotificationInvitation)
}

// sent returns the notifications of a kind that were sent.
func (b *backend) sent(kind collaboration.NotificationKind) (sent []collaboration.Notification) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range b.notifications {
		if n.Kind == kind {
			sent = append(sent, n)
		}
	}
	return sent
}

// posted returns all notifications that were sent.
func (b *backend) posted() (keys []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range b.notifications {
		keys = append(keys, notificationKey(n))
	}
	return keys
}

// done returns the calls that have an effect.
func (b *backend) done() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.calls), func(c string) bool { return c == "open" || c == "begin mail" || strings.HasPrefix(c, "notification ") })
}

// always fails every call with the code; firstly only the first n.
func always(code collaboration.Code) func(int) error {
	return func(int) error { return &collaboration.Error{Code: code} }
}

func firstly(n int, code collaboration.Code) func(int) error {
	return func(i int) error {
		if i > n {
			return nil
		}
		return &collaboration.Error{Code: code}
	}
}

func (b *backend) OpenActivation(context.Context, collaboration.Order) error { return b.call("open") }
func (b *backend) CheckTask(context.Context, collaboration.Order, time.Time) error {
	return b.call("check task")
}
func (b *backend) ActivateSolution(context.Context, collaboration.Order, time.Time) error {
	return b.call("activate solution")
}
func (b *backend) CreateAdministrator(context.Context, collaboration.Order, time.Time) error {
	return b.call("create administrator")
}
func (b *backend) Invitees(_ context.Context, n collaboration.Notification) ([]string, error) {
	return []string{n.Administrator}, nil
}
func (b *backend) Addressees(_ context.Context, n collaboration.Notification) ([]string, error) {
	return []string{""}, nil
}
func (b *backend) BeginMail(_ context.Context, n collaboration.Notification, employee string) (collaboration.Delivery, error) {
	return collaboration.Delivery{Status: collaboration.DeliverySending, Mail: collaboration.Mail{Kind: n.Kind}}, b.call("begin mail")
}
func (b *backend) FinishMail(_ context.Context, n collaboration.Notification, _ string, status collaboration.DeliveryStatus, _ string) error {
	if status == collaboration.DeliveryBounced {
		return b.call("bounced")
	}
	b.mu.Lock()
	b.notifications = append(b.notifications, n)
	b.mu.Unlock()
	if n.Kind != collaboration.NotificationInvitation {
		return nil
	}
	return b.call("invited")
}
func (b *backend) FailMail(context.Context, collaboration.Notification, string, collaboration.Code) error {
	return b.call("mail failed")
}
func (b *backend) ChangeActivation(_ context.Context, c message.Command) error {
	b.changes = append(b.changes, c)
	return b.store("change", c.ID)
}
func (b *backend) CorrectAddress(_ context.Context, c message.Command) (bool, error) {
	return true, b.store("correct address", c.ID)
}
func (b *backend) ForwardInvitation(_ context.Context, c message.Command) error {
	return b.store("forward", c.ID)
}

// HandOnInvitation finds the colleague known@kund.example among the administrators.
func (b *backend) HandOnInvitation(_ context.Context, c message.Command) (string, error) {
	b.mu.Lock()
	b.changes = append(b.changes, c)
	b.mu.Unlock()
	if err := b.store("hand on", c.ID); err != nil {
		return "", err
	}
	if c.HandOn.Colleague.Email == "known@kund.example" {
		return "a-known", nil
	}
	return c.Administrator, nil
}
func (b *backend) RecordAgreement(_ context.Context, c message.AmendmentInput) error {
	b.mu.Lock()
	b.agreements = append(b.agreements, c)
	b.mu.Unlock()
	return b.store(string(c.Action), c.ID)
}
func (b *backend) RecordProposal(_ context.Context, p message.ProposalInput) error {
	b.mu.Lock()
	b.proposals = append(b.proposals, p)
	b.mu.Unlock()
	return b.store("proposal "+string(p.Proposal.State), fmt.Sprint(p.Proposal.Number))
}
func (b *backend) RecordApproval(_ context.Context, r message.ApprovalInput) error {
	b.approval = r
	return b.store("approve", "")
}
func (b *backend) StartAgreement(_ context.Context, s message.StartInput) error {
	b.start = s
	return b.store("start agreement", "")
}
func (b *backend) TakeOver(_ context.Context, t message.TakeOverInput) error {
	b.takenOver = t
	return b.store("take over", "")
}
func (b *backend) RenewAgreement(_ context.Context, r message.RenewalInput) error {
	b.renewed, b.renewal = r.Agreement, r.Conditions
	return b.store("renew", fmt.Sprint(r.Agreement.Term))
}
func (b *backend) EndCollaboration(_ context.Context, e message.EndInput) error {
	b.end = e
	return b.store("end", "")
}
func (b *backend) CloseActivation(_ context.Context, c message.CloseInput) error {
	b.closing = c
	return b.store("close", "")
}
func (b *backend) DeactivateSolution(context.Context, message.CompensationInput) error {
	return b.call("deactivate solution")
}
func (b *backend) RemoveAdministrator(context.Context, message.CompensationInput) error {
	return b.call("remove administrator")
}

// Send counts invitations as "mail", other notifications by their kind.
func (b *backend) Send(_ context.Context, m collaboration.Mail) (string, error) {
	b.mu.Lock()
	b.mails = append(b.mails, m)
	b.mu.Unlock()
	if m.Kind == collaboration.NotificationInvitation {
		return "provider-1", b.call("mail")
	}
	return "provider-1", b.call("notification " + string(m.Kind))
}
func (b *backend) DirectoryMail(_ context.Context, m message.DirectoryMail) (collaboration.DirectoryMail, error) {
	return collaboration.DirectoryMail{ID: m.ID, Kind: m.Kind}, nil
}
func (b *backend) SendDirectoryMail(_ context.Context, m collaboration.DirectoryMail) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.directoryMails = append(b.directoryMails, string(m.Kind)+" "+m.ID)
	return "provider-1", nil
}
func (b *backend) HomeURL() string { return "https://countersign.example/" }
func (b *backend) ActivationURL(id collaboration.ActivationID) string {
	return "https://countersign.example/activations/" + string(id)
}
func (b *backend) CollaborationURL(id collaboration.ActivationID) string {
	return "https://countersign.example/collaboration/" + string(id)
}
func (b *backend) ApprovalURL(id collaboration.ActivationID, generation int, _ time.Time) string {
	return "https://countersign.example/approve/" + string(id)
}

// Allow does not limit local activities.
func (b *backend) Allow() bool { return true }
