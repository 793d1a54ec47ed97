package load

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/dev/inbox"
	"countersign/dev/login"
	"countersign/internal/eventually"
)

// Lifetimes imports n customers and returns a lifetime of each, with the recorder of
// all their requests.
func Lifetimes(o *harness.Office, n int) ([]*Lifetime, *Recorder) {
	o.T.Helper()
	o.ImportCustomers(n)
	lifetimes, w := make([]*Lifetime, n), NewRecorder()
	for i := range lifetimes {
		lifetimes[i] = &Lifetime{t: o.T, n: i, request: o.RequestFor(i, EmailOf(i)), recorder: w}
	}
	return lifetimes, w
}

// CheckLifetimes advances every lifetime to its end and then runs a Checker.
func CheckLifetimes(t *testing.T, o *harness.Office, dir string, lifetimes []*Lifetime) {
	t.Helper()
	var entries []Expected
	for _, l := range lifetimes {
		eventually.OK(t, "the lifetime of customer "+l.request.CustomerID+" is complete", func() error {
			if !l.Advance(o, MailsInInbox(t, dir)) {
				return fmt.Errorf("activation %q makes no progress", l.ID)
			}
			return nil
		})
		entries = append(entries, Expected{ID: l.ID, Customer: l.request.CustomerID, Email: EmailOf(l.n), State: StateOf(l.n)})
	}
	for _, e := range entries {
		o.AwaitState(e.ID, e.State)
	}
	found := (&Checker{
		T: t, Office: o, DatabaseURL: o.DatabaseURL, Mails: func() []external.SentMail { return MailsInInbox(t, dir) }, AllowUnconfirmedMail: true,
		OperatorEnvironment: o.OperatorEnvironment(),
	}).Check(entries)
	for _, message := range found.Errors {
		t.Error(message)
	}
	t.Log(found)
}

// Lifetime is the n-th activation from the view of its office and customer. Their
// requests may fail and the responses may be lost.
type Lifetime struct {
	t        *testing.T
	n        int
	request  collaboration.Request
	recorder *Recorder
	ID       collaboration.ActivationID // "" until the API confirms the activation
	Answered bool                       // set when the API confirms the decision
}

// Advance sends the next request of the office or the customer once. It reports
// whether the lifetime is complete.
func (l *Lifetime) Advance(o *harness.Office, mails []external.SentMail) (done bool) {
	switch {
	case l.ID == "":
		l.ID, _ = TryActivate(o, l.recorder.Client(KindActivate), l.request, KeyOf(l.n))
	case l.Answered:
	case StateOf(l.n) != collaboration.AwaitingApproval:
		link := linkTo(EmailOf(l.n), mails)
		token, err := login.AccessToken(l.t.Context(), o.At.Login, EmailOf(l.n))
		l.Answered = link != "" && err == nil && tryToDecide(o.As(l.t, token), l.recorder.Client(KindDecide), link, StateOf(l.n))
	}
	return l.ID != "" && (l.Answered || StateOf(l.n) == collaboration.AwaitingApproval)
}

func linkTo(email string, mails []external.SentMail) string {
	for _, m := range mails {
		if m.To == email && m.Link != "" {
			return m.Link
		}
	}
	return ""
}

// MailsInInbox reads the mails in a stack's folder, also if the stack is stopped.
func MailsInInbox(t *testing.T, dir string) (all []external.SentMail) {
	t.Helper()
	folder, err := inbox.Open(filepath.Join(dir, "inbox"))
	if err != nil {
		t.Fatal(err)
	}
	stored, err := folder.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range stored {
		all = append(all, external.SentMail{ID: m.ID, To: m.To, Link: external.ApprovalLink(m.Text)})
	}
	return all
}

// TryActivate requests an activation once. It returns false unless the API accepts it.
func TryActivate(o *harness.Office, by *http.Client, r collaboration.Request, key string) (collaboration.ActivationID, bool) {
	var accepted struct{ ID collaboration.ActivationID }
	response, err := o.TryWithClient(by, http.Header{"Idempotency-Key": {key}}, http.MethodPost, "/v1/activations", r, &accepted)
	return accepted.ID, err == nil && response.StatusCode == http.StatusAccepted
}
