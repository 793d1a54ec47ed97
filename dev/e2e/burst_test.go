package e2e_test

import (
	"flag"
	"net/http"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
)

var burst = flag.Duration("burst", time.Second, "how long TestBurst goes on")

const (
	// tenfold is how many times as many come in a burst as are served.
	tenfold = 10
	// measured is how many activations show how many are served.
	measured = 40
	// leastInBurst is too many for any machine, also a slow one; mostInBurst is
	// above what a fast one is sent.
	leastInBurst, mostInBurst = 300, 20_000
)

// Ten times as many activations come as one api and one worker serve, and none of
// them waits for another. Each is taken, or told when to come again; what was
// taken is soon right, and of the rest nothing was done: it is taken later, under
// the same key.
func TestBurst(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	s.apis[1].kill()
	s.workers[1].kill()
	c := newCallers(s, 0, tooMany)
	c.at = func(int) *office { return s.office(t, 0) }
	rate := c.served()
	n := min(max(leastInBurst, int(tenfold*rate*burst.Seconds())), mostInBurst)
	c.prepare(measured + n)
	taken, refused, took := c.burst(n, float64(n)/burst.Seconds())
	t.Logf("%.0f/s are served. Of %d in %s, %d were taken and %d told to come again", rate, n, took.Round(time.Millisecond), len(taken), len(refused))
	if len(refused) == 0 {
		t.Error("nobody was told to come again: that shows nothing")
	}
	began := time.Now()
	c.awaitWaiting(measured + len(taken))
	caughtUp := time.Since(began)
	t.Logf("the last was invited %s after the burst", caughtUp.Round(time.Millisecond))
	if within := 10*time.Second + time.Duration(3*float64(len(taken))/rate*float64(time.Second)); caughtUp > within {
		t.Errorf("it should be within %s", within)
	}
	if n := s.office(t, 0).countActivations(); n != measured+len(taken) {
		t.Errorf("there are %d activations, of %d that were taken", n, measured+len(taken))
	}
	c.atATime(clients, refused)
	t.Log("of all requests: ", c.wantLawful())
	c.wantRight(t)
}

// prepare imports so many customers, and makes the requests to invite them.
func (c *callers) prepare(n int) {
	o := c.s.office(c.s.t, 0)
	o.importCustomers(n)
	c.requests = o.requestsForAll(n)
}

// served is how many activations a second are served from the request to the
// invitation, to a few callers who wait for each other.
func (c *callers) served() (rate float64) {
	c.s.t.Helper()
	c.prepare(measured)
	began := time.Now()
	c.atATime(clients, firstOnes(measured))
	c.awaitWaiting(measured)
	return measured / time.Since(began).Seconds()
}

// atATime activates some, so many at once, until each is accepted.
func (c *callers) atATime(many int, which []int) {
	next := make(chan int)
	var working sync.WaitGroup
	for range many {
		working.Go(func() {
			for n := range next {
				if c.activate(n) {
					c.note(n)
				}
			}
		})
	}
	for _, n := range which {
		next <- n
	}
	close(next)
	working.Wait()
}

// note expects an activation that was accepted to wait for its customer.
func (c *callers) note(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ledger.add(entry{ID: c.accepted[n], Customer: c.requests[n].CustomerID, Email: personOf(n), State: collaboration.AwaitingApproval})
}

// burst asks for n activations, so many a second, each once.
func (c *callers) burst(n int, rate float64) (taken, refused []int, took time.Duration) {
	var asking sync.WaitGroup
	var mu sync.Mutex
	began := time.Now()
	for i := range n {
		time.Sleep(time.Until(began.Add(time.Duration(float64(i) / rate * float64(time.Second)))))
		asking.Go(func() {
			status := c.try(measured+i, 0)
			mu.Lock()
			defer mu.Unlock()
			if status == http.StatusAccepted {
				c.note(measured + i)
				taken = append(taken, measured+i)
			} else {
				refused = append(refused, measured+i)
			}
		})
	}
	asking.Wait()
	return taken, refused, time.Since(began)
}

// awaitWaiting waits until so many wait for their customers, for as long as they
// become more, and finds them listed.
func (c *callers) awaitWaiting(want int) {
	c.s.t.Helper()
	facts, err := openFacts(c.s.database)
	if err != nil {
		c.s.t.Fatal(err)
	}
	defer facts.Close()
	for n, end := 0, time.Now().Add(giveUp); n < want; time.Sleep(again) {
		before := n
		if err := facts.QueryRow("SELECT count(*) FROM activations WHERE state = $1", collaboration.AwaitingApproval).Scan(&n); err != nil {
			c.s.t.Fatal(err)
		}
		if n > before {
			end = time.Now().Add(giveUp)
		} else if time.Now().After(end) {
			c.s.t.Fatalf("%d wait for their customers, want %d", n, want)
		}
	}
	if n := len(everything[struct{}](c.office(), "/v1/activations?state="+string(collaboration.AwaitingApproval))); n != want {
		c.s.t.Errorf("%d are listed, want %d", n, want)
	}
}
