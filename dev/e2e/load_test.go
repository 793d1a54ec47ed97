package e2e_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"countersign/api"
	"countersign/collaboration"
)

const (
	clients = 4
	// most is more than comes in while processes are stopped and started.
	most  = 400
	least = 60
)

// load is a steady stream of activations from several clients. Each asks one
// api and, where that is away, the other one under the same key.
type load struct {
	s        *site
	requests []collaboration.Request
	// pace is the time from one to the next.
	pace time.Duration
	// cutOff says that answers may be lost: a process is killed.
	cutOff bool

	refused, unavailable, lost atomic.Int32
	mu                         sync.Mutex
	accepted                   map[int]collaboration.ActivationID
}

// run does something while activations come in, and then waits until every
// one that was begun is accepted.
func (l *load) run(do func()) {
	l.s.t.Helper()
	l.accepted = map[int]collaboration.ActivationID{}
	o := l.s.office(l.s.t, 0)
	o.importCustomers(most)
	l.requests = o.requestsForAll(most)
	began := time.Now()
	l.whileFed(do)
	l.s.t.Logf("%d activations in %s: %d connections refused, %d answers 503, %d answers lost",
		len(l.accepted), time.Since(began).Round(time.Millisecond), l.refused.Load(), l.unavailable.Load(), l.lost.Load())
}

func (l *load) whileFed(do func()) {
	l.s.t.Helper()
	next, done := make(chan int), make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(done) // also where it fails
	wg.Go(func() { l.feed(next, done) })
	for range clients {
		wg.Go(func() {
			for n := range next {
				l.activate(n)
			}
		})
	}
	do()
}

// feed hands out work at a steady pace until it is done.
func (l *load) feed(next chan<- int, done <-chan struct{}) {
	defer close(next)
	tick := time.NewTicker(l.pace)
	defer tick.Stop()
	for n := range l.requests {
		<-tick.C
		select {
		case <-done:
			if n >= least {
				return
			}
		default:
		}
		next <- n
	}
	l.s.t.Error("the load ended before what was done under it")
}

// activate tries until it is accepted.
func (l *load) activate(n int) {
	header := http.Header{"Idempotency-Key": {fmt.Sprintf("load-%d", n)}}
	end := time.Now().Add(30 * time.Second)
	for try := n; time.Now().Before(end); try++ {
		var answer struct {
			ID   collaboration.ActivationID
			Code collaboration.Code
		}
		response, err := l.s.office(l.s.t, try%len(l.s.apis)).tryWith(header, http.MethodPost, "/v1/activations", l.requests[n], &answer)
		switch {
		case errors.Is(err, syscall.ECONNREFUSED):
			l.refused.Add(1)
		case err != nil && l.cutOff:
			l.lost.Add(1)
		case err != nil:
			l.s.t.Errorf("activation %d: %v", n, err)
		case response.StatusCode == http.StatusAccepted:
			l.mu.Lock()
			defer l.mu.Unlock()
			l.accepted[n] = answer.ID
			return
		case response.StatusCode == http.StatusServiceUnavailable:
			l.unavailable.Add(1)
		default:
			l.s.t.Errorf("activation %d: %s %s", n, response.Status, answer.Code)
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	l.s.t.Errorf("activation %d was not accepted in time", n)
}

// wantRepeatsAnswered sends requests once more under their keys.
func (l *load) wantRepeatsAnswered() {
	l.s.t.Helper()
	for n, id := range l.accepted {
		header := http.Header{"Idempotency-Key": {fmt.Sprintf("load-%d", n)}}
		var answer api.AcceptedView
		response, err := l.s.office(l.s.t, n%len(l.s.apis)).tryWith(header, http.MethodPost, "/v1/activations", l.requests[n], &answer)
		if err != nil || response.StatusCode != http.StatusAccepted || answer.ID != id {
			l.s.t.Fatalf("the repeat of %s: %v %+v %v", id, response, answer, err)
		}
	}
}

// awaitRefusal waits until a client found an api away.
func (l *load) awaitRefusal() {
	l.s.t.Helper()
	before := l.refused.Load()
	for end := time.Now().Add(10 * time.Second); l.refused.Load() == before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			l.s.t.Fatal("no client noticed that an api is away")
		}
	}
}

// awaitAccepted waits until some more activations were accepted.
func (l *load) awaitAccepted(more int) {
	l.s.t.Helper()
	count := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.accepted)
	}
	for want, end := count()+more, time.Now().Add(10*time.Second); count() < want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			l.s.t.Fatal("activations are not accepted any more")
		}
	}
}

// wantAllInvited waits until everything that was accepted is where it belongs,
// and finds nothing that was not.
func (l *load) wantAllInvited() {
	l.s.t.Helper()
	if len(l.accepted) < least {
		l.s.t.Errorf("only %d activations were accepted", len(l.accepted))
	}
	var longest time.Duration
	for _, id := range l.accepted {
		longest = max(longest, l.s.wantInvited(id))
	}
	l.s.t.Logf("by its own clock, the slowest was invited to after %s", longest.Round(time.Millisecond))
	l.wantRepeatsAnswered()
	if n := l.s.office(l.s.t, 1).countActivations(); n != len(l.accepted) {
		l.s.t.Errorf("there are %d activations, %d were accepted", n, len(l.accepted))
	}
}

func personOf(n int) string { return fmt.Sprintf("person%d%s", n, atClient) }

// mailsTo are those that the n-th request led to.
func (l *load) mailsTo(n int) []mailed { return l.s.mail.mails(personOf(n)) }

// requestsForAll asks to invite each imported customer.
func (o *office) requestsForAll(n int) []collaboration.Request {
	o.t.Helper()
	byNumber := map[string]api.CustomerView{}
	for _, c := range everything[api.CustomerView](o, "/v1/customers") {
		byNumber[c.OrganisationNumber] = c
	}
	requests := make([]collaboration.Request, n)
	for i := range requests {
		number := organisationNumber(i)
		c, found := byNumber[number[:6]+"-"+number[6:]]
		if !found || len(c.Tasks) != 1 {
			o.t.Fatalf("customer %d: %+v", i, c)
		}
		requests[i] = collaboration.Request{
			CustomerID: c.ID, SolutionID: "financial-overview", TaskID: c.Tasks[0].ID, InvoiceRecipient: collaboration.PaidByOffice,
			Contact: &collaboration.Contact{Name: "Person", Email: personOf(i), Phone: "0701234567"},
		}
	}
	return requests
}

func (o *office) countActivations() int {
	o.t.Helper()
	return len(everything[api.ActivationView](o, "/v1/activations"))
}

// everything reads all parts of a list.
func everything[T any](o *office, path string) (all []T) {
	o.t.Helper()
	for cursor := ""; ; {
		var part api.ListView[T]
		if r := o.call(http.MethodGet, path+"?limit=200&cursor="+cursor, nil, &part); r.StatusCode != http.StatusOK {
			o.t.Fatalf("%s: %s", path, r.Status)
		}
		all = append(all, part.Items...)
		if cursor = part.Next; cursor == "" {
			return all
		}
	}
}
