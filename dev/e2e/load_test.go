package e2e_test

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"countersign/api"
	"countersign/collaboration"
)

const (
	clients = 4
	// again is how soon a caller tries again, and giveUp when most do no more.
	again  = 50 * time.Millisecond
	giveUp = time.Minute
	// most is more than comes in while processes are stopped and started.
	most  = 400
	least = 60
)

// The kinds of callers that a load is made of.
const (
	activating = "activate"
	reading    = "read"
	deciding   = "decide"
	browsing   = "page"
	following  = "stream"
)

// load is a steady stream of activations from several clients. Each asks one
// api and, where that is away, the other one under the same key; or the balancer.
type load struct {
	s *site
	// at is whom the n-th try of a request goes to.
	at       func(try int) *office
	requests []collaboration.Request
	most     int
	// patience is how long a caller tries again.
	patience time.Duration
	// pace is the time from one to the next.
	pace time.Duration
	// accepts are what may come of a request beside a success.
	accepts []string
	// rarely is how many requests there must be at least to each of those; 0 for any.
	rarely  int
	witness *witness
	// also goes on while the load does.
	also []func(done <-chan struct{})
	// then is what comes of each that is accepted.
	then func(n int)

	mu       sync.Mutex
	accepted map[int]collaboration.ActivationID
}

// newLoad asks the apis themselves.
func newLoad(s *site, pace time.Duration, accepts ...string) *load {
	return &load{
		s: s, most: most, patience: giveUp, pace: pace, accepts: accepts, witness: newWitness(), then: func(int) {}, accepted: map[int]collaboration.ActivationID{},
		at: s.either,
	}
}

// run does something while activations come in, and then waits until every
// one that was begun is accepted.
func (l *load) run(do func()) {
	l.s.t.Helper()
	o := l.s.office(l.s.t, 0)
	o.importCustomers(l.most)
	l.requests = o.requestsForAll(l.most)
	began := time.Now()
	l.whileFed(do)
	l.s.t.Logf("%d activations in %s; what did not go well: %s", len(l.accepted), time.Since(began).Round(time.Millisecond), l.wantLawful())
}

// wantLawful finds what should not have come of a request, and begins to count anew.
func (l *load) wantLawful() (troubled string) {
	l.s.t.Helper()
	seen, _ := l.witness.forget()
	bad := 0
	for s, n := range seen {
		if s.good() {
			continue
		}
		if bad += n; !slices.Contains(l.accepts, s.outcome) {
			l.s.t.Errorf("%s: %s ×%d", s.kind, s.outcome, n)
		}
	}
	if bad*l.rarely > total(seen) {
		l.s.t.Errorf("%d of %d requests did not go well", bad, total(seen))
	}
	return fmt.Sprintf("of %d requests, %s", total(seen), cmp.Or(troubles(seen), "nothing"))
}

func (l *load) whileFed(do func()) {
	l.s.t.Helper()
	next, done := make(chan int), make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(done) // also where it fails
	wg.Go(func() { l.feed(next, done) })
	for _, also := range l.also {
		wg.Go(func() { also(done) })
	}
	for range clients {
		wg.Go(func() {
			for n := range next {
				if l.activate(n) {
					wg.Go(func() { l.then(n) })
				}
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
func (l *load) activate(n int) bool {
	end := time.Now().Add(l.patience)
	for try := n; time.Now().Before(end); try++ {
		if l.try(n, try) == http.StatusAccepted {
			return true
		}
		time.Sleep(again)
	}
	l.s.t.Errorf("activation %d was not accepted in time", n)
	return false
}

// try asks once, and is what was answered: 0 for nothing.
func (l *load) try(n, try int) (status int) {
	header := http.Header{"Idempotency-Key": {keyOf(n)}}
	var answer api.AcceptedView
	response, err := l.at(try).tryBy(l.witness.client(activating), header, http.MethodPost, "/v1/activations", l.requests[n], &answer)
	if err != nil {
		return 0
	}
	if response.StatusCode == http.StatusAccepted {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.accepted[n] = answer.ID
	}
	return response.StatusCode
}

func keyOf(n int) string { return fmt.Sprintf("load-%d", n) }

// wantRepeatsAnswered sends requests once more under their keys.
func (l *load) wantRepeatsAnswered() {
	l.s.t.Helper()
	for n, id := range l.accepted {
		header := http.Header{"Idempotency-Key": {keyOf(n)}}
		var answer api.AcceptedView
		response, err := l.s.either(n).tryWith(header, http.MethodPost, "/v1/activations", l.requests[n], &answer)
		if err != nil || response.StatusCode != http.StatusAccepted || answer.ID != id {
			l.s.t.Fatalf("the repeat of %s: %v %+v %v", id, response, answer, err)
		}
	}
}

// awaitRefusal waits until a client found an api away.
func (l *load) awaitRefusal() {
	l.s.t.Helper()
	before := l.witness.count(activating, refused)
	for end := time.Now().Add(10 * time.Second); l.witness.count(activating, refused) == before; time.Sleep(5 * time.Millisecond) {
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
	path, query, _ := strings.Cut(path, "?")
	for cursor := ""; ; {
		var part api.ListView[T]
		if r := o.call(http.MethodGet, path+"?limit=200&cursor="+cursor+"&"+query, nil, &part); r.StatusCode != http.StatusOK {
			o.t.Fatalf("%s: %s", path, r.Status)
		}
		all = append(all, part.Items...)
		if cursor = part.Next; cursor == "" {
			return all
		}
	}
}
