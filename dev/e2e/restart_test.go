package e2e_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/load"
)

// An activation reaches its second term although its stack is killed twice.
func TestStack_SurvivesKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := harness.StartChild(t, harness.ChildSpec{Dir: dir})
	o := c.Office()
	id := o.Activate(harness.Scenarios[2].Request)
	a := o.AwaitState(id, collaboration.AwaitingApproval)

	c.Kill()
	c = harness.StartChild(t, harness.ChildSpec{Dir: dir})
	o = c.Office()
	o.Customer(a.Invitation.Email).Approve(o.Mails(a.Invitation.Email)[0].Links[0])
	a = o.AwaitState(id, collaboration.Active)

	c.Kill()
	c = harness.StartChild(t, harness.ChildSpec{Dir: dir})
	o = c.Office()
	o.FastForward(id, a.Agreement.EndsOn.Start().Add(time.Hour))
	harness.AwaitTerm(o, id, 2)
	if err := c.Stop(); err != nil {
		t.Errorf("the stack %v", err)
	}
}

// On SIGTERM in the middle of a burst the process answers the requests in progress and
// exits with 0. The accepted activations continue after the next start.
func TestStack_StopsGracefullyUnderLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := harness.StartChild(t, harness.ChildSpec{Dir: dir})
	o := c.Office()
	const burst = 20
	o.ImportCustomers(burst + 1)
	// Temporal needs a minute to recover when it stops while it registers the first
	// worker's build.
	o.AwaitState(o.Activate(o.RequestFor(burst, "first@burst.example")), collaboration.AwaitingApproval)
	requests := make([]collaboration.Request, burst)
	for n := range requests {
		requests[n] = o.RequestFor(n, "person@burst.example")
	}
	var wg sync.WaitGroup
	answers := make(chan collaboration.ActivationID, burst)
	for _, r := range requests {
		wg.Go(func() {
			if id, ok := load.TryActivate(o, http.DefaultClient, r, r.CustomerID); ok {
				answers <- id
			}
		})
	}
	ids := []collaboration.ActivationID{<-answers}
	if err := c.Stop(); err != nil {
		t.Errorf("the stack %v", err)
	}
	wg.Wait()
	close(answers)
	for id := range answers {
		ids = append(ids, id)
	}
	t.Logf("%d of %d requests were accepted", len(ids), burst)
	c = harness.StartChild(t, harness.ChildSpec{Dir: dir})
	o = c.Office()
	for _, id := range ids {
		o.AwaitState(id, collaboration.AwaitingApproval)
	}
	if got := len(o.Mails("person@burst.example")); got != len(ids) {
		t.Errorf("%d mails for %d accepted activations", got, len(ids))
	}
}
