package e2e_test

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
)

// The whole process is killed at random moments while activations come in.
// What was accepted is there after the restart and reaches its state; what was
// not accepted can be sent again under the same key.
func TestTheWholeProcessKilledAtRandom(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	const rounds, each = 4, 6

	c := startChild(t, childOrder{Dir: dir})
	o := c.office()
	o.importCustomers(rounds * each)
	wanted := make([]collaboration.Request, rounds*each)
	for n := range wanted {
		wanted[n] = o.requestFor(n, "person@restart.example")
	}
	accepted := map[collaboration.ActivationID]bool{}
	for round := range rounds {
		var wg sync.WaitGroup
		var mu sync.Mutex
		for n := round * each; n < (round+1)*each; n++ {
			wg.Go(func() {
				if id, ok := o.tryActivate(wanted[n], "key-"+wanted[n].CustomerID); ok {
					mu.Lock()
					accepted[id] = true
					mu.Unlock()
				}
			})
		}
		time.Sleep(time.Duration(50+random.IntN(300)) * time.Millisecond)
		c.kill()
		wg.Wait()
		c = startChild(t, childOrder{Dir: dir})
		o = c.office()
	}
	t.Logf("%d of %d were accepted before a kill", len(accepted), len(wanted))
	if len(accepted) == 0 {
		t.Error("nothing was accepted before a kill: this shows nothing")
	}

	final := map[collaboration.ActivationID]bool{}
	for _, r := range wanted {
		id, ok := o.tryActivate(r, "key-"+r.CustomerID)
		if !ok {
			t.Fatalf("customer %s: refused after the restart", r.CustomerID)
		}
		final[id] = true
	}
	for id := range accepted {
		if !final[id] {
			t.Errorf("%s was accepted, and its repeat got another activation", id)
		}
	}
	for id := range final {
		a := o.await(id, collaboration.AwaitingApproval)
		want := "requested task_checked solution_activated administrator_created invitation_queued invitation_sent"
		if got := actions(a); got != want {
			t.Errorf("%s: %s", id, got)
		}
	}
	if got := len(o.mails("person@restart.example")); got != len(wanted) {
		t.Errorf("%d mails for %d invitations", got, len(wanted))
	}
}

// tryActivate reports false where no answer came.
func (o *office) tryActivate(r collaboration.Request, key string) (collaboration.ActivationID, bool) {
	var accepted struct{ ID collaboration.ActivationID }
	response, err := o.tryWith(http.Header{"Idempotency-Key": {key}}, http.MethodPost, "/v1/activations", r, &accepted)
	return accepted.ID, err == nil && response.StatusCode == http.StatusAccepted
}

// What runs through a kill also runs through its whole life after it.
func TestWaitingAndRunningSurviveAKill(t *testing.T) {
	dir := t.TempDir()
	c := startChild(t, childOrder{Dir: dir})
	o := c.office()
	id := o.activate(requests[2].request)
	a := o.await(id, collaboration.AwaitingApproval)

	c.kill()
	c = startChild(t, childOrder{Dir: dir})
	o = c.office()
	o.customer(a.Invitation.Email).approve(o.mails(a.Invitation.Email)[0].Links[0])
	a = o.await(id, collaboration.Active)

	c.kill()
	c = startChild(t, childOrder{Dir: dir})
	o = c.office()
	o.forward(id, a.Agreement.EndsOn.Start().Add(time.Hour))
	awaitTerm(o, id, 2)
	if err := c.stop(); err != nil {
		t.Errorf("the stack %v", err)
	}
}

// SIGTERM in the middle of a burst: what was accepted goes on after the next
// start, requests under way are answered, and the process ends in order.
func TestStoppedInABurst(t *testing.T) {
	dir := t.TempDir()
	c := startChild(t, childOrder{Dir: dir})
	o := c.office()
	const burst = 20
	o.importCustomers(burst)
	wanted := make([]collaboration.Request, burst)
	for n := range wanted {
		wanted[n] = o.requestFor(n, "person@burst.example")
	}
	var wg sync.WaitGroup
	answers := make(chan collaboration.ActivationID, burst)
	for _, r := range wanted {
		wg.Go(func() {
			if id, ok := o.tryActivate(r, r.CustomerID); ok {
				answers <- id
			}
		})
	}
	ids := []collaboration.ActivationID{<-answers}
	if err := c.stop(); err != nil {
		t.Errorf("the stack %v", err)
	}
	wg.Wait()
	close(answers)
	for id := range answers {
		ids = append(ids, id)
	}
	t.Logf("%d of %d were accepted", len(ids), burst)
	c = startChild(t, childOrder{Dir: dir})
	o = c.office()
	for _, id := range ids {
		o.await(id, collaboration.AwaitingApproval)
	}
	if got := len(o.mails("person@burst.example")); got != len(ids) {
		t.Errorf("%d mails for %d accepted activations", got, len(ids))
	}
}
