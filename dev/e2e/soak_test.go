package e2e_test

import (
	"flag"
	"net/http"
	"slices"
	"testing"
	"time"

	"countersign/api"
	"countersign/collaboration"
	"countersign/dev/login"
)

var soak = flag.Duration("soak", 20*time.Second, "how long TestSoak goes on")

const (
	soakPace = 250 * time.Millisecond
	// longestLife is how long an activation of a soak lives after its answer.
	longestLife = 30 * time.Second
	ending      = "end"
	// stillActive is for who ends what was ended by a try that was not answered.
	stillActive = "409 " + string(collaboration.CodeNotActive)
)

// A steady load for hours costs no more at its end than at its beginning. Every
// activation comes to its end after a while: it is declined, withdrawn, or ended by
// either side. So as many are open at a time, workers' caches hold as many, and
// what grows is a leak. The short form sees leaks of every request, an hour's
// those of one in a hundred.
func TestSoak(t *testing.T) {
	t.Parallel()
	s := openBalancedSite(t)
	c := newCallers(s, soakPace, unavailable, stillActive)
	c.rarely = 200
	c.most = max(least, int(*soak/soakPace)) + 40
	over := make(chan struct{})
	c.then = func(n int) { c.live(n, min(longestLife, *soak/12), over) }
	m := newMeter(s)
	c.run(func() {
		defer close(over)
		c.measure(m)
	})
	t.Logf("\n%s", &m.growth)
	for _, what := range m.grown() {
		t.Error(what)
	}
	c.wantRight(t)
}

// measure measures until the soak is over.
func (c *callers) measure(m *meter) {
	tick := time.NewTicker(min(10*time.Second, *soak/60))
	defer tick.Stop()
	times, missed := 0, 0
	for end := time.Now().Add(*soak); time.Now().Before(end); <-tick.C {
		times++
		if err := m.read(c.open(4)); err != nil {
			missed++
			c.s.t.Log(err)
		}
	}
	if missed > times/20 {
		c.s.t.Errorf("of %d times, it could not be measured %d times", times, missed)
	}
}

// open are the last that are still waiting or in force.
func (c *callers) open(most int) (ids []collaboration.ActivationID) {
	for _, e := range slices.Backward(c.ledger.all()) {
		if len(ids) < most && (e.State == collaboration.Active || e.State == collaboration.AwaitingApproval) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// live answers as ever, and comes to the end some time later, unless all is over.
func (c *callers) live(n int, life time.Duration, over <-chan struct{}) {
	c.answer(n)
	select {
	case <-over:
		return
	case <-time.After(life):
	}
	c.mu.Lock()
	id := c.accepted[n]
	c.mu.Unlock()
	switch n % 5 {
	case 0:
		c.end(c.office(), id, "/v1/activations/"+string(id)+"/end", collaboration.Ended)
	case 1:
		token, err := login.AccessToken(c.s.t.Context(), c.s.login, personOf(n))
		if err != nil {
			c.s.t.Error(err)
			return
		}
		c.end(c.office().with(c.s.t, token), id, "/v1/collaborations/"+string(id)+"/end", collaboration.Ended)
	case 3, 4:
		c.end(c.office(), id, "/v1/activations/"+string(id)+"/withdraw", collaboration.Withdrawn)
	}
}

// end waits until there is something to end, and tries under one key until it is
// known to be over: what was answered otherwise may have been taken.
func (c *callers) end(by *office, id collaboration.ActivationID, path string, as collaboration.State) {
	from, body := collaboration.AwaitingApproval, any(nil)
	if as == collaboration.Ended {
		from, body = collaboration.Active, api.EndRequest{When: collaboration.EndNow}
	}
	header := http.Header{"Idempotency-Key": {"end-" + string(id)}}
	for end := time.Now().Add(2 * c.patience); time.Now().Before(end); time.Sleep(10 * again) {
		switch c.stateOf(id) {
		case as:
			c.ledger.is(id, as)
			return
		case from:
			by.tryBy(c.witness.client(ending), header, http.MethodPost, path, body, nil)
		}
	}
	c.s.t.Errorf("%s could not be ended", id)
}

// stateOf is "" where nobody says.
func (c *callers) stateOf(id collaboration.ActivationID) collaboration.State {
	var a api.ActivationView
	if response, err := c.office().tryBy(c.witness.client(reading), nil, http.MethodGet, "/v1/activations/"+string(id), nil, &a); err != nil || response.StatusCode != http.StatusOK {
		return ""
	}
	return a.State
}
