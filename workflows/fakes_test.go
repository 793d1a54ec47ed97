package workflows_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"countersign/collaboration"
)

// world is the facts and the mail provider in memory. It counts what was done,
// in order, and fails where it is told to.
type world struct {
	mu    sync.Mutex
	calls []string
	did   []string // the calls that did not fail
	// fail gives the error of a call by its name and number, from 1.
	fail       map[string]func(n int) error
	mails      []collaboration.Mail
	start      collaboration.Start
	closing    collaboration.Closing
	end        collaboration.End
	renewed    collaboration.Agreement
	notice     collaboration.Notice
	letters    []collaboration.Letter
	changes    []collaboration.Changed
	agreements []collaboration.AgreementChange
}

func newWorld() *world { return &world{fail: map[string]func(int) error{}} }

func (w *world) call(name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, name)
	if f := w.fail[name]; f != nil {
		if err := f(w.countLocked(name)); err != nil {
			return err
		}
	}
	w.did = append(w.did, name)
	return nil
}

func (w *world) countLocked(name string) (n int) {
	for _, c := range w.calls {
		if c == name {
			n++
		}
	}
	return n
}

func (w *world) count(name string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.countLocked(name)
}

// invited lists the invitations that went out.
func (w *world) invited() (sent []collaboration.Letter) {
	return w.sent(collaboration.LetterInvitation)
}

// sent lists the letters of a kind that went out.
func (w *world) sent(kind collaboration.LetterKind) (sent []collaboration.Letter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.letters {
		if l.Kind == kind {
			sent = append(sent, l)
		}
	}
	return sent
}

// posted lists every letter that went out.
func (w *world) posted() (keys []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.letters {
		keys = append(keys, letterKey(l))
	}
	return keys
}

// done lists the calls that changed something, leaving out bookkeeping.
func (w *world) done() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.calls), func(c string) bool { return c == "open" || c == "begin mail" || strings.HasPrefix(c, "letter ") })
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

func (w *world) OpenActivation(context.Context, collaboration.Order) error { return w.call("open") }
func (w *world) CheckTask(context.Context, collaboration.Order, time.Time) error {
	return w.call("check task")
}
func (w *world) ActivateSolution(context.Context, collaboration.Order, time.Time) error {
	return w.call("activate solution")
}
func (w *world) CreateAdministrator(context.Context, collaboration.Order, time.Time) error {
	return w.call("create administrator")
}
func (w *world) Addressees(_ context.Context, l collaboration.Letter) ([]string, error) {
	return []string{""}, nil
}
func (w *world) BeginMail(_ context.Context, l collaboration.Letter, employee string) (collaboration.Delivery, error) {
	return collaboration.Delivery{Status: collaboration.DeliverySending, Mail: collaboration.Mail{Kind: l.Kind}}, w.call("begin mail")
}
func (w *world) FinishMail(_ context.Context, l collaboration.Letter, _ string, _ collaboration.DeliveryStatus, _ string) error {
	w.mu.Lock()
	w.letters = append(w.letters, l)
	w.mu.Unlock()
	if l.Kind != collaboration.LetterInvitation {
		return nil
	}
	return w.call("invited")
}
func (w *world) FailMail(context.Context, collaboration.Letter, string, collaboration.Code) error {
	return w.call("mail failed")
}
func (w *world) ChangeActivation(_ context.Context, c collaboration.Changed) error {
	w.changes = append(w.changes, c)
	return w.call("change")
}
func (w *world) CorrectAddress(context.Context, collaboration.Correction) error {
	return w.call("correct address")
}
func (w *world) ForwardInvitation(context.Context, collaboration.Forwarding) error {
	return w.call("forward")
}
func (w *world) RecordAgreement(_ context.Context, c collaboration.AgreementChange) error {
	w.mu.Lock()
	w.agreements = append(w.agreements, c)
	w.mu.Unlock()
	return w.call(string(c.Action))
}
func (w *world) StartAgreement(_ context.Context, s collaboration.Start) error {
	w.start = s
	return w.call("start agreement")
}
func (w *world) RenewAgreement(_ context.Context, r collaboration.Renewal) error {
	w.renewed = r.Agreement
	return w.call("renew")
}
func (w *world) RecordNotice(_ context.Context, n collaboration.Notice) error {
	w.notice = n
	return w.call("notice")
}
func (w *world) EndCollaboration(_ context.Context, e collaboration.End) error {
	w.end = e
	return w.call("end")
}
func (w *world) CloseActivation(_ context.Context, c collaboration.Closing) error {
	w.closing = c
	return w.call("close")
}
func (w *world) DeactivateSolution(context.Context, collaboration.Undo) error {
	return w.call("deactivate solution")
}
func (w *world) RemoveAdministrator(context.Context, collaboration.Undo) error {
	return w.call("remove administrator")
}

// Send counts invitations as "mail", other letters by their kind.
func (w *world) Send(_ context.Context, m collaboration.Mail) (string, error) {
	w.mu.Lock()
	w.mails = append(w.mails, m)
	w.mu.Unlock()
	if m.Kind == collaboration.LetterInvitation {
		return "provider-1", w.call("mail")
	}
	return "provider-1", w.call("letter " + string(m.Kind))
}
func (w *world) CollaborationURL(id collaboration.ActivationID) string {
	return "https://countersign.example/collaboration/" + string(id)
}
func (w *world) ApprovalURL(id collaboration.ActivationID, generation int, _ time.Time) string {
	return "https://countersign.example/approve/" + string(id)
}

// Allow lets every mail go at once.
func (w *world) Allow() bool { return true }
