package load

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/login"
)

// Callers is a mixed load through a site's load balancer: offices activate, programs
// read, browsers open pages, one client follows an event stream, and customers
// approve, decline or leave their invitations.
type Callers struct {
	*Load
	Ledger Ledger
	newest atomic.Value // the collaboration.ActivationID that was accepted last
	// AllowUnconfirmedMail is Checker.AllowUnconfirmedMail.
	AllowUnconfirmedMail bool
}

// NewCallers returns callers that request one activation per pace. Only the allowed
// outcomes may replace a success.
func NewCallers(s *harness.Site, pace time.Duration, accepts ...string) *Callers {
	c := &Callers{Load: New(s, pace, accepts...)}
	c.OfficeFor = func(int) *harness.Office { return c.Office() }
	browser := harness.NewBrowser(s.T)
	harness.LogIn(s.T, browser, s.Public+"/requests", harness.ManagerEmail)
	c.OnAccepted = c.Answer
	c.Background = []func(<-chan struct{}){
		c.every(100*time.Millisecond, c.read),
		c.every(200*time.Millisecond, func(n int) { c.browse(browser, n) }),
		c.every(100*time.Millisecond, func(int) { c.follow() }),
	}
	return c
}

// Office returns a manager who uses the load balancer.
func (c *Callers) Office() *harness.Office {
	o := c.S.Office(c.S.T, 0)
	o.At.API = c.S.Public
	return o
}

func (c *Callers) every(pace time.Duration, do func(n int)) func(<-chan struct{}) {
	return func(done <-chan struct{}) {
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			case <-tick.C:
				do(n)
			}
		}
	}
}

func (c *Callers) latest() collaboration.ActivationID {
	id, _ := c.newest.Load().(collaboration.ActivationID)
	return id
}

func (c *Callers) read(n int) {
	path := "/v1/customers/" + c.Requests[n%len(c.Requests)].CustomerID
	if id := c.latest(); id != "" && n%2 == 0 {
		path = "/v1/activations/" + string(id)
	}
	c.Office().TryWithClient(c.Recorder.Client(KindRead), nil, http.MethodGet, path, nil, nil)
}

func (c *Callers) browse(as *http.Client, n int) {
	path := []string{"/requests", "/customers", "/overview"}[n%3]
	by := c.Recorder.Client(KindBrowse)
	by.Jar = as.Jar
	if response, err := by.Get(c.S.Public + path); err == nil {
		response.Body.Close()
	}
}

// follow reads the event stream of one activation until the activation settles. It
// reconnects after a broken stream and checks that each event arrives once, in order.
func (c *Callers) follow() {
	id := c.latest()
	if id == "" {
		return
	}
	last, settled := 0, false
	for end := time.Now().Add(RetryTimeout); !settled && time.Now().Before(end); time.Sleep(harness.RetryPause) {
		last, settled = c.followOnce(id, last)
	}
}

// followOnce reads one stream from the event after last, for three seconds at most:
// the customer of the activation may never answer.
func (c *Callers) followOnce(id collaboration.ActivationID, last int) (step int, settled bool) {
	ctx, cancel := context.WithTimeout(c.S.T.Context(), 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.S.Public+"/v1/activations/"+string(id)+"/events", nil)
	if err != nil {
		c.S.T.Error(err)
		return last, true
	}
	request.Header.Set("Authorization", "Bearer "+harness.ManagerToken)
	request.Header.Set("Last-Event-ID", strconv.Itoa(last))
	response, err := c.Recorder.Client(KindFollow).Do(request)
	if err != nil || response.StatusCode != http.StatusOK {
		return last, ctx.Err() != nil
	}
	defer response.Body.Close()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if step, found := strings.CutPrefix(lines.Text(), "id: "); found {
			if step != strconv.Itoa(last+1) {
				c.S.T.Errorf("%s: the stream has event %s after event %d", id, step, last)
			}
			last, _ = strconv.Atoi(step)
		}
		var end struct{ Settled bool }
		if data, found := strings.CutPrefix(lines.Text(), `data: {"state"`); found && json.Unmarshal([]byte(`{"state"`+data), &end) == nil && end.Settled {
			return last, true
		}
	}
	return last, ctx.Err() != nil
}

// Answer adds the n-th activation to the ledger, waits for its invitation and sends
// the customer's decision, if StateOf has one.
func (c *Callers) Answer(n int) {
	c.Mu.Lock()
	id := c.Accepted[n]
	c.Mu.Unlock()
	c.newest.Store(id)
	e := Expected{ID: id, Customer: c.Requests[n].CustomerID, Email: EmailOf(n), State: StateOf(n)}
	c.Ledger.Add(e)
	if e.State != collaboration.AwaitingApproval && !c.Decide(e) {
		c.Ledger.SetState(e.ID, collaboration.AwaitingApproval) // the invitation was never delivered
	}
}

// StateOf returns the final state of the n-th activation: of five customers two
// approve, one declines, and two do not answer.
func StateOf(n int) collaboration.State {
	switch n % 5 {
	case 0, 1:
		return collaboration.Active
	case 2:
		return collaboration.Declined
	default:
		return collaboration.AwaitingApproval
	}
}

// Decide retries until the customer's decision is confirmed. It returns false if the
// invitation's delivery is unconfirmed and the mail never arrived. After twice
// RetryTimeout it fails the test.
func (c *Callers) Decide(e Expected) (answered bool) {
	t := c.S.T
	token, err := login.AccessToken(context.Background(), c.S.Login, e.Email)
	if err != nil {
		t.Error(err)
		return false
	}
	customer := c.Office().As(t, token)
	end := time.Now().Add(2 * c.RetryTimeout)
	for try := 1; time.Now().Before(end); time.Sleep(harness.RetryPause) {
		mails := c.S.Mail.To(e.Email)
		if len(mails) > 0 && tryToDecide(customer, c.Recorder.Client(KindDecide), mails[0].Link, e.State) {
			return true
		}
		if try++; len(mails) == 0 && c.AllowUnconfirmedMail && try%100 == 0 && c.isUnconfirmed(e.ID) {
			return false
		}
	}
	t.Errorf("%s: no decision of the customer was confirmed", e.ID)
	return true
}

// isUnconfirmed reports whether the worker stopped retrying an invitation without
// learning if the mail provider accepted it.
func (c *Callers) isUnconfirmed(id collaboration.ActivationID) bool {
	var a rest.ActivationView
	response, err := c.Office().TryWithClient(c.Recorder.Client(KindRead), nil, http.MethodGet, "/v1/activations/"+string(id), nil, &a)
	return err == nil && response.StatusCode == http.StatusOK && a.Invitation != nil && a.Invitation.Delivery == collaboration.DeliveryUnconfirmed
}

// tryToDecide sends a decision once. It returns false if the decision may not have
// been accepted.
func tryToDecide(o *harness.Office, by *http.Client, link string, state collaboration.State) (done bool) {
	var i rest.InvitationView
	response, err := o.TryWithClient(by, nil, http.MethodGet, harness.InvitationPath(link), nil, &i)
	if err != nil || response.StatusCode != http.StatusOK {
		return false
	}
	d := rest.DecisionRequest{Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice}
	if state == collaboration.Active {
		d = rest.DecisionRequest{Outcome: collaboration.Approve, AcceptTerms: true, OfferHash: i.OfferHash, Locale: i.Terms.Locale}
	}
	response, err = o.TryWithClient(by, nil, http.MethodPost, harness.InvitationPath(link)+"/decision", d, nil)
	return err == nil && response.StatusCode/100 == 2
}

// WantConsistent waits until every activation has the state in the ledger, and then
// runs a Checker, which reports each inconsistency as a test error.
func (c *Callers) WantConsistent(t *testing.T) Findings {
	t.Helper()
	o := c.Office()
	entries := c.Ledger.All()
	if len(entries) < MinActivations {
		t.Errorf("only %d activations were accepted", len(entries))
	}
	for _, e := range entries {
		o.AwaitState(e.ID, e.State)
	}
	found := (&Checker{
		T: t, Office: o, DatabaseURL: c.S.Database, Mails: c.S.Mail.All, OperatorEnvironment: c.S.Workers[0].Environment,
		platform: c.S.Platform, AllowUnconfirmedMail: c.AllowUnconfirmedMail,
	}).Check(entries)
	for _, message := range found.Errors {
		t.Error(message)
	}
	t.Log(found)
	return found
}

// String summarizes the counts.
func (f Findings) String() string {
	return fmt.Sprintf("%d activations, by state %v; %d invitations mailed, %d of them twice; %d unconfirmed, of which %d were never mailed and %d were answered before that was recorded",
		f.activations, f.states, f.Mails, f.SentTwice, len(f.unconfirmed), f.NeverSent, len(f.answeredEarly))
}
