package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/api"
	"countersign/collaboration"
	"countersign/dev/login"
	"countersign/dev/stack"
)

// callers are everybody who uses a site, by way of its balancer: offices that
// activate, programs that read, people who look at pages, one who follows what
// happens, and customers, of whom some approve and some decline.
type callers struct {
	*load
	ledger  ledger
	newest  atomic.Value // of the activations that were accepted
	mayLose bool         // the checker's
}

func newCallers(s *site, pace time.Duration, accepts ...string) *callers {
	c := &callers{load: newLoad(s, pace, accepts...)}
	c.at = func(int) *office { return c.office() }
	browser := visitor(s.t)
	logIn(s.t, browser, s.public+"/requests", atOffice)
	c.then = c.answer
	c.also = []func(<-chan struct{}){
		c.every(100*time.Millisecond, c.read),
		c.every(200*time.Millisecond, func(n int) { c.browse(browser, n) }),
		c.every(100*time.Millisecond, func(int) { c.follow() }),
	}
	return c
}

func (c *callers) office() *office {
	return &office{t: c.s.t, at: stack.Addresses{API: c.s.public, Login: c.s.login, Engine: c.s.engine.address}, token: stack.ManagerToken}
}

func (c *callers) every(pace time.Duration, do func(n int)) func(<-chan struct{}) {
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

func (c *callers) latest() collaboration.ActivationID {
	id, _ := c.newest.Load().(collaboration.ActivationID)
	return id
}

func (c *callers) read(n int) {
	path := "/v1/customers/" + c.requests[n%len(c.requests)].CustomerID
	if id := c.latest(); id != "" && n%2 == 0 {
		path = "/v1/activations/" + string(id)
	}
	c.office().tryBy(c.witness.client(reading), nil, http.MethodGet, path, nil, nil)
}

func (c *callers) browse(as *http.Client, n int) {
	path := []string{"/requests", "/customers", "/overview"}[n%3]
	by := c.witness.client(browsing)
	by.Jar = as.Jar
	if response, err := by.Get(c.s.public + path); err == nil {
		response.Body.Close()
	}
}

// follow follows one activation to its end, wherever its streams break, and
// sees each step once and in order.
func (c *callers) follow() {
	id := c.latest()
	if id == "" {
		return
	}
	last, settled := 0, false
	for end := time.Now().Add(giveUp); !settled && time.Now().Before(end); time.Sleep(again) {
		last, settled = c.followOn(id, last)
	}
}

// followOn follows until the stream ends, for a few seconds: a customer who does
// not answer must not keep it forever.
func (c *callers) followOn(id collaboration.ActivationID, last int) (step int, settled bool) {
	ctx, cancel := context.WithTimeout(c.s.t.Context(), 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.s.public+"/v1/activations/"+string(id)+"/events", nil)
	if err != nil {
		c.s.t.Error(err)
		return last, true
	}
	request.Header.Set("Authorization", "Bearer "+stack.ManagerToken)
	request.Header.Set("Last-Event-ID", strconv.Itoa(last))
	response, err := c.witness.client(following).Do(request)
	if err != nil || response.StatusCode != http.StatusOK {
		return last, ctx.Err() != nil
	}
	defer response.Body.Close()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if step, found := strings.CutPrefix(lines.Text(), "id: "); found {
			if step != strconv.Itoa(last+1) {
				c.s.t.Errorf("%s: step %s follows step %d in the stream", id, step, last)
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

// answer waits for the invitation, and lets the customer answer it or not.
func (c *callers) answer(n int) {
	c.mu.Lock()
	id := c.accepted[n]
	c.mu.Unlock()
	c.newest.Store(id)
	e := entry{ID: id, Customer: c.requests[n].CustomerID, Email: personOf(n), State: becomes(n)}
	c.ledger.add(e)
	if e.State != collaboration.AwaitingApproval && !c.decide(e) {
		c.ledger.is(e.ID, collaboration.AwaitingApproval) // there was nothing to answer
	}
}

// becomes is what the n-th customer makes of its invitation: some approve, some
// decline, and some leave it.
func becomes(n int) collaboration.State {
	switch n % 5 {
	case 0, 1:
		return collaboration.Active
	case 2:
		return collaboration.Declined
	default:
		return collaboration.AwaitingApproval
	}
}

// decide goes on until it is known that the answer was taken, or that there is
// no invitation to answer: nobody knows whether that was mailed, and it was not.
func (c *callers) decide(e entry) (answered bool) {
	t := c.s.t
	token, err := login.AccessToken(context.Background(), c.s.login, e.Email)
	if err != nil {
		t.Error(err)
		return false
	}
	who := &office{t: t, at: c.office().at, token: token}
	end := time.Now().Add(2 * c.patience)
	for try := 1; time.Now().Before(end); time.Sleep(again) {
		mails := c.s.mail.mails(e.Email)
		if len(mails) > 0 && who.tryToDecide(c.witness.client(deciding), mails[0].link, e.State) {
			return true
		}
		if try++; len(mails) == 0 && c.mayLose && try%100 == 0 && c.isLost(e.ID) {
			return false
		}
	}
	t.Errorf("%s: the customer could not answer", e.ID)
	return true
}

// isLost reports whether it was given up to find out what became of a mail.
func (c *callers) isLost(id collaboration.ActivationID) bool {
	var a api.ActivationView
	response, err := c.office().tryBy(c.witness.client(reading), nil, http.MethodGet, "/v1/activations/"+string(id), nil, &a)
	return err == nil && response.StatusCode == http.StatusOK && a.Invitation != nil && a.Invitation.Delivery == collaboration.DeliveryUnconfirmed
}

// tryToDecide reports false where it is not known that the answer was taken.
func (o *office) tryToDecide(by *http.Client, link string, state collaboration.State) (done bool) {
	var i api.InvitationView
	response, err := o.tryBy(by, nil, http.MethodGet, invitationPath(link), nil, &i)
	if err != nil || response.StatusCode != http.StatusOK {
		return false
	}
	d := api.DecisionRequest{Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice}
	if state == collaboration.Active {
		d = api.DecisionRequest{Outcome: collaboration.Approve, AcceptTerms: true, TermsHash: i.Terms.Hash, Locale: i.Terms.Locale}
	}
	response, err = o.tryBy(by, nil, http.MethodPost, invitationPath(link)+"/decision", d, nil)
	return err == nil && response.StatusCode/100 == 2
}

// ledger is what callers were told is taken.
type ledger struct {
	mu      sync.Mutex
	entries []entry
}

func (l *ledger) add(e entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
}

// is changes what must become of one.
func (l *ledger) is(id collaboration.ActivationID, state collaboration.State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n := range l.entries {
		if l.entries[n].ID == id {
			l.entries[n].State = state
		}
	}
}

func (l *ledger) all() []entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]entry(nil), l.entries...)
}

// wantRight waits until everything is where the ledger says, and has somebody
// else look whether it is right.
func (c *callers) wantRight(t *testing.T) findings {
	t.Helper()
	o := c.office()
	entries := c.ledger.all()
	if len(entries) < least {
		t.Errorf("only %d activations were accepted", len(entries))
	}
	for _, e := range entries {
		o.await(e.ID, e.State)
	}
	found := (&checker{
		t: t, at: o, facts: c.s.database, mails: c.s.mail.all, operator: c.s.workers[0].environment,
		platform: c.s.platform, mayLose: c.mayLose,
	}).check(entries)
	for _, wrong := range found.wrong {
		t.Error(wrong)
	}
	t.Log(found)
	return found
}

func (f findings) String() string {
	return fmt.Sprintf("%d activations, of which %v; %d invitations mailed, %d of them twice; %d unconfirmed, of which %d were never mailed and %d answered at once",
		f.activations, f.states, f.mails, f.twice, len(f.lost), f.unsent, len(f.unsaid))
}
