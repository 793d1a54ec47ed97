package rehearsal_test

import (
	"flag"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/load"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
)

var burst = flag.Duration("burst", time.Second, "how long the burst of TestBurst lasts")

const (
	// overload is the rate of a burst as a multiple of the site's capacity.
	overload = 10
	// calmActivations is how many activations measure the capacity.
	calmActivations = 40
	// minBurst is over the capacity of any machine, maxBurst bounds the number of
	// customers on a fast one.
	minBurst, maxBurst = 900, 20_000
	// maxBacklogCost bounds the processor time of an activation that was accepted
	// in a burst, as a multiple of its processor time before the burst.
	maxBacklogCost = 3
)

// Callers send ten times as many activations as one API process and one worker
// can process, without waiting for each other. The API accepts an activation or
// rejects it with Retry-After. Accepted activations reach their customers, and the
// worker spends little more on each than without load. A rejected request has had
// no effect, and its retry under the same key is accepted.
func TestBurst(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	s := harness.StartSite(t)
	s.APIs[1].Kill()
	s.Workers[1].Kill()
	c := load.NewCallers(s, 0, load.OutcomeRateLimited)
	c.OfficeFor = func(int) *harness.Office { return s.Office(t, 0) }
	capacity, calmCost := measureCapacity(c)
	n := min(max(minBurst, int(overload*capacity*burst.Seconds())), maxBurst)
	importCustomers(c, calmActivations+n)
	before := backendSeconds(s)
	accepted, rejected, sendTime := sendBurst(c, n, float64(n)/burst.Seconds())
	t.Logf("the capacity is %.0f/s; of %d activations in %s, %d were accepted and %d rejected",
		capacity, n, sendTime.Round(time.Millisecond), len(accepted), len(rejected))
	if len(rejected) == 0 {
		t.Error("the API rejected no request: the burst was not over capacity")
	}
	began := time.Now()
	awaitPending(c, calmActivations+len(accepted))
	cost := (backendSeconds(s) - before) / float64(len(accepted))
	t.Logf("the last invitation was sent %s after the burst; an activation took %.0f ms of processor time, %.0f ms before the burst",
		time.Since(began).Round(time.Millisecond), cost*1000, calmCost*1000)
	if cost > maxBacklogCost*calmCost {
		t.Errorf("an activation of the burst took more than %d times the processor time of one before it", maxBacklogCost)
	}
	if n := s.Office(t, 0).CountActivations(); n != calmActivations+len(accepted) {
		t.Errorf("the site has %d activations, want the %d accepted", n, calmActivations+len(accepted))
	}
	activateAll(c, load.ClientCount, rejected)
	t.Log("all requests: ", c.WantAllowedOutcomes())
	c.WantConsistent(t)
}

// importCustomers imports n customers and prepares a request for each.
func importCustomers(c *load.Callers, n int) {
	o := c.S.Office(c.S.T, 0)
	o.ImportCustomers(n)
	c.Requests = load.Requests(o, n)
}

// measureCapacity activates with a few callers, each of which waits for its answer.
// It returns the activations per second, from the request to the invitation, and
// the processor time of one.
func measureCapacity(c *load.Callers) (perSecond, cost float64) {
	c.S.T.Helper()
	importCustomers(c, calmActivations)
	began, before := time.Now(), backendSeconds(c.S)
	activateAll(c, load.ClientCount, firstRequests(calmActivations))
	awaitPending(c, calmActivations)
	return calmActivations / time.Since(began).Seconds(), (backendSeconds(c.S) - before) / calmActivations
}

// activateAll sends the requests from several callers and retries each until it is
// accepted.
func activateAll(c *load.Callers, callers int, requests []int) {
	next := make(chan int)
	var working sync.WaitGroup
	for range callers {
		working.Go(func() {
			for n := range next {
				if c.Activate(n) {
					expectPending(c, n)
				}
			}
		})
	}
	for _, n := range requests {
		next <- n
	}
	close(next)
	working.Wait()
}

// expectPending enters an accepted activation in the ledger.
func expectPending(c *load.Callers, n int) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.Ledger.Add(load.Expected{ID: c.Accepted[n], Customer: c.Requests[n].CustomerID, Email: load.EmailOf(n), State: collaboration.AwaitingApproval})
}

// sendBurst sends n requests at a rate per second, each once.
func sendBurst(c *load.Callers, n int, rate float64) (accepted, rejected []int, took time.Duration) {
	var sending sync.WaitGroup
	var mu sync.Mutex
	began := time.Now()
	for i := range n {
		time.Sleep(time.Until(began.Add(time.Duration(float64(i) / rate * float64(time.Second)))))
		sending.Go(func() {
			status := c.Try(calmActivations+i, 0)
			mu.Lock()
			defer mu.Unlock()
			if status == http.StatusAccepted {
				expectPending(c, calmActivations+i)
				accepted = append(accepted, calmActivations+i)
			} else {
				rejected = append(rejected, calmActivations+i)
			}
		})
	}
	sending.Wait()
	return accepted, rejected, time.Since(began)
}

// awaitPending waits until a number of activations await approval and the API lists
// them.
func awaitPending(c *load.Callers, want int) {
	t := c.S.T
	t.Helper()
	db, err := harness.OpenDatabase(c.S.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	awaitCount(t, "activations await approval", want, func() (n int, err error) {
		err = db.QueryRow("SELECT count(*) FROM activations WHERE state = $1", collaboration.AwaitingApproval).Scan(&n)
		return n, err
	})
	if n := len(harness.ListAll[struct{}](c.Office(), "/v1/activations?state="+string(collaboration.AwaitingApproval))); n != want {
		t.Errorf("the API lists %d activations, want %d", n, want)
	}
}

// awaitCount waits until a growing count reaches a number. It waits for one part
// after another, because thousands take longer than the deadline of one wait.
func awaitCount(t *testing.T, what string, want int, count func() (int, error)) {
	t.Helper()
	const parts = 50
	for part := 1; part <= parts; part++ {
		enough := want * part / parts
		eventually.OK(t, fmt.Sprintf("%d of %d %s", enough, want, what), func() error {
			n, err := count()
			if err == nil && n < enough {
				err = fmt.Errorf("it is %d", n)
			}
			return err
		})
	}
}
