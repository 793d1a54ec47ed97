package e2e_test

import (
	"flag"
	"math"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/dev/login"
	"countersign/internal/mail"
)

var restarts = flag.Int("restarts", 4, "how often TestTheWholeProcessKilledAtRandom kills it")

// The whole process is killed at random moments while activations come in and
// customers answer. What was accepted and answered is there after the restart, once,
// and reaches its state; what was not can be sent again.
func TestTheWholeProcessKilledAtRandom(t *testing.T) {
	t.Logf("to see these moments again: -restarts %d -seed %d", *restarts, theSeed())
	random := rand.New(rand.NewPCG(theSeed(), 0))
	dir := t.TempDir()
	const each = 6

	c := startChild(t, childOrder{Dir: dir})
	o := c.office()
	lives, _ := o.lives(*restarts * each)
	// An engine that is killed while it gets to know its first worker needs a minute
	// to get over it, in which the other kills would meet nobody at work.
	lives[0].goOn(o, nil)
	o.await(lives[0].id, collaboration.AwaitingApproval)
	for round := range *restarts {
		var wg sync.WaitGroup
		mails := inboxIn(t, dir)
		for _, l := range lives[:(round+1)*each] {
			wg.Go(func() { l.goOn(o, mails) })
		}
		// 50 ms to 3.2 s, and as often the half of a time as its double
		time.Sleep(time.Duration(50 * math.Pow(64, random.Float64()) * float64(time.Millisecond)))
		c.kill()
		wg.Wait()
		c = startChild(t, childOrder{Dir: dir})
		o = c.office()
	}
	accepted, answered := 0, 0
	for _, l := range lives {
		if l.id != "" {
			accepted++
		}
		if l.answered {
			answered++
		}
	}
	t.Logf("before the last of %d kills %d of %d were accepted, and %d customers had answered", *restarts, accepted, len(lives), answered)
	if accepted == 0 {
		t.Error("nothing was accepted before a kill: this shows nothing")
	}

	checkLives(t, o, dir, lives)
}

// lives begin with as many customers, and are seen by one witness.
func (o *office) lives(many int) ([]*life, *witness) {
	o.t.Helper()
	o.importCustomers(many)
	lives, w := make([]*life, many), newWitness()
	for n := range lives {
		lives[n] = &life{t: o.t, n: n, request: o.requestFor(n, personOf(n)), witness: w}
	}
	return lives, w
}

// checkLives has everybody do all that there is to do, and looks whether it is right.
func checkLives(t *testing.T, o *office, dir string, lives []*life) {
	t.Helper()
	var entries []entry
	for _, l := range lives {
		for end := time.Now().Add(giveUp); !l.goOn(o, inboxIn(t, dir)); time.Sleep(again) {
			if time.Now().After(end) {
				t.Fatalf("%s of customer %s does not go on", l.id, l.request.CustomerID)
			}
		}
		entries = append(entries, entry{ID: l.id, Customer: l.request.CustomerID, Email: personOf(l.n), State: becomes(l.n)})
	}
	for _, e := range entries {
		o.await(e.ID, e.State)
	}
	found := (&checker{
		t: t, at: o, facts: o.facts, mails: func() []mailed { return inboxIn(t, dir) }, mayLose: true,
		operator: []string{"TEMPORAL_ADDRESS=" + o.at.Engine, "COUNTERSIGN_DATABASE_URL=" + o.facts, "COUNTERSIGN_ENCRYPTION_KEYS=" + o.keys},
	}).check(entries)
	for _, wrong := range found.wrong {
		t.Error(wrong)
	}
	t.Log(found)
}

// life is an activation's, as those know it who ask for it and answer it.
type life struct {
	t        *testing.T
	n        int
	request  collaboration.Request
	witness  *witness
	id       collaboration.ActivationID // "" until it is known that it was accepted
	answered bool                       // which is known
}

// goOn tries the next thing that somebody would do, and reports whether there is
// nothing more to do.
func (l *life) goOn(o *office, mails []mailed) (done bool) {
	switch {
	case l.id == "":
		l.id, _ = o.tryActivate(l.witness.client(activating), l.request, keyOf(l.n))
	case l.answered:
	case becomes(l.n) != collaboration.AwaitingApproval:
		link := linkTo(personOf(l.n), mails)
		token, err := login.AccessToken(l.t.Context(), o.at.Login, personOf(l.n))
		l.answered = link != "" && err == nil && o.with(l.t, token).tryToDecide(l.witness.client(deciding), link, becomes(l.n))
	}
	return l.id != "" && (l.answered || becomes(l.n) == collaboration.AwaitingApproval)
}

func linkTo(who string, mails []mailed) string {
	for _, one := range mails {
		if one.to == who && one.link != "" {
			return one.link
		}
	}
	return ""
}

// inboxIn is what a stack has mailed, whether it runs or not.
func inboxIn(t *testing.T, dir string) (all []mailed) {
	t.Helper()
	inbox, err := mail.OpenInbox(filepath.Join(dir, "inbox"))
	if err != nil {
		t.Fatal(err)
	}
	stored, err := inbox.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range stored {
		all = append(all, mailed{id: one.ID, to: one.To, link: approval.FindString(one.Text)})
	}
	return all
}

// tryActivate reports false where no answer came.
func (o *office) tryActivate(by *http.Client, r collaboration.Request, key string) (collaboration.ActivationID, bool) {
	var accepted struct{ ID collaboration.ActivationID }
	response, err := o.tryBy(by, http.Header{"Idempotency-Key": {key}}, http.MethodPost, "/v1/activations", r, &accepted)
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
			if id, ok := o.tryActivate(http.DefaultClient, r, r.CustomerID); ok {
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
