package load

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"countersign/api/present"
	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/internal/eventually"
)

const (
	// ClientCount is the number of clients of a load.
	ClientCount = 4
	// RetryTimeout is how long a client retries by default.
	RetryTimeout = time.Minute
	// MaxActivations is the default number of requests of a load. A load that sends all
	// of them before its test ends fails the test.
	MaxActivations = 400
	// MinActivations is the number of requests that a load sends at least.
	MinActivations = 60
)

// The kinds of callers in a load, by which a Recorder counts.
const (
	KindActivate = "activate"
	KindRead     = "read"
	KindDecide   = "decide"
	KindBrowse   = "page"
	KindFollow   = "stream"
)

// Load sends activation requests at a steady pace from several clients. A client
// retries at the other API, under the same idempotency key, or at the load balancer.
type Load struct {
	S *harness.Site
	// OfficeFor returns the client for an attempt of a request.
	OfficeFor      func(try int) *harness.Office
	Requests       []collaboration.Request
	MaxActivations int
	// RetryTimeout is how long a client retries one request.
	RetryTimeout time.Duration
	// pace is the time between two requests.
	pace time.Duration
	// AllowedOutcomes has the outcomes that a request may have besides success.
	AllowedOutcomes []string
	// MinRequestsPerFailure bounds the share of failed requests; 0 is no bound.
	MinRequestsPerFailure int
	Recorder              *Recorder
	// Background has functions that run beside the load until done is closed.
	Background []func(done <-chan struct{})
	// OnAccepted is called in a goroutine for each accepted request.
	OnAccepted func(n int)

	// MaxInProgress bounds the requests before the end of their OnAccepted, 0 for no
	// bound. On a slow machine the load then slows down, instead of a growing backlog.
	MaxInProgress int

	// Mu protects Accepted while the load runs.
	Mu sync.Mutex
	// Accepted has the activations by the number of their request.
	Accepted map[int]collaboration.ActivationID
}

// New returns a load that uses the APIs in turn, without the load balancer.
func New(s *harness.Site, pace time.Duration, accepts ...string) *Load {
	return &Load{
		S: s, MaxActivations: MaxActivations, RetryTimeout: RetryTimeout, pace: pace, AllowedOutcomes: accepts, Recorder: NewRecorder(), OnAccepted: func(int) {}, Accepted: map[int]collaboration.ActivationID{},
		OfficeFor: s.EitherOffice,
	}
}

// Run calls do while the load sends requests, and waits until every request that was
// sent is accepted.
func (l *Load) Run(do func()) {
	l.S.T.Helper()
	o := l.S.Office(l.S.T, 0)
	o.ImportCustomers(l.MaxActivations)
	l.Requests = Requests(o, l.MaxActivations)
	began := time.Now()
	l.runWhileFeeding(do)
	l.S.T.Logf("%d activations in %s; failures: %s", len(l.Accepted), time.Since(began).Round(time.Millisecond), l.WantAllowedOutcomes())
}

// WantAllowedOutcomes checks the outcomes of all requests since its last call, and
// returns a summary of the failures.
func (l *Load) WantAllowedOutcomes() (failures string) {
	l.S.T.Helper()
	seen, _ := l.Recorder.Reset()
	failed := 0
	for s, n := range seen {
		if s.IsOK() {
			continue
		}
		if failed += n; !slices.Contains(l.AllowedOutcomes, s.Outcome) {
			l.S.T.Errorf("%s: %s ×%d", s.Kind, s.Outcome, n)
		}
	}
	if failed*l.MinRequestsPerFailure > Total(seen) {
		l.S.T.Errorf("%d of %d requests failed, want at most one of %d", failed, Total(seen), l.MinRequestsPerFailure)
	}
	return fmt.Sprintf("of %d requests, %s", Total(seen), cmp.Or(Failures(seen), "none"))
}

func (l *Load) runWhileFeeding(do func()) {
	l.S.T.Helper()
	next, done := make(chan int), make(chan struct{})
	inProgress := make(chan struct{}, cmp.Or(l.MaxInProgress, len(l.Requests)))
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(done) // also if do ends the test
	wg.Go(func() { l.feed(next, inProgress, done) })
	for _, run := range l.Background {
		wg.Go(func() { run(done) })
	}
	for range ClientCount {
		wg.Go(func() {
			for n := range next {
				if !l.Activate(n) {
					<-inProgress
					continue
				}
				wg.Go(func() {
					defer func() { <-inProgress }()
					l.OnAccepted(n)
				})
			}
		})
	}
	do()
}

// feed hands out request numbers at a steady pace until done is closed, but at least
// MinActivations.
func (l *Load) feed(next chan<- int, inProgress chan<- struct{}, done <-chan struct{}) {
	defer close(next)
	tick := time.NewTicker(l.pace)
	defer tick.Stop()
	for n := range l.Requests {
		<-tick.C
		select {
		case <-done:
			if n >= MinActivations {
				return
			}
		default:
		}
		inProgress <- struct{}{}
		next <- n
	}
	l.S.T.Error("the load sent all its requests before the test had finished its work")
}

// Activate retries the n-th request until it is accepted. It returns false, and fails
// the test, after RetryTimeout.
func (l *Load) Activate(n int) bool {
	end := time.Now().Add(l.RetryTimeout)
	for try := n; time.Now().Before(end); try++ {
		if l.Try(n, try) == http.StatusAccepted {
			return true
		}
		time.Sleep(harness.RetryPause)
	}
	l.S.T.Errorf("request %d was not accepted within %s", n, l.RetryTimeout)
	return false
}

// Try sends the n-th request once and returns the HTTP status, 0 without a response.
func (l *Load) Try(n, try int) (status int) {
	header := http.Header{"Idempotency-Key": {KeyOf(n)}}
	var answer rest.AcceptedView
	response, err := l.OfficeFor(try).TryWithClient(l.Recorder.Client(KindActivate), header, http.MethodPost, "/v1/activations", l.Requests[n], &answer)
	if err != nil {
		return 0
	}
	if response.StatusCode == http.StatusAccepted {
		l.Mu.Lock()
		defer l.Mu.Unlock()
		l.Accepted[n] = answer.ID
	}
	return response.StatusCode
}

// KeyOf returns the idempotency key of the n-th request.
func KeyOf(n int) string { return fmt.Sprintf("load-%d", n) }

// wantRepeatsAnswered repeats every accepted request under its idempotency key. The
// response must have the same activation.
func (l *Load) wantRepeatsAnswered() {
	l.S.T.Helper()
	for n, id := range l.Accepted {
		header := http.Header{"Idempotency-Key": {KeyOf(n)}}
		var answer rest.AcceptedView
		response, err := l.S.EitherOffice(n).TryWithHeader(header, http.MethodPost, "/v1/activations", l.Requests[n], &answer)
		if err != nil || response.StatusCode != http.StatusAccepted || answer.ID != id {
			l.S.T.Fatalf("repeat of %s: %v %+v %v", id, response, answer, err)
		}
	}
}

// AwaitRefusal waits until an API refuses the connection of a client.
func (l *Load) AwaitRefusal() {
	l.S.T.Helper()
	before := l.Recorder.count(KindActivate, OutcomeRefused)
	eventually.True(l.S.T, "an API refuses a client's connection", func() bool { return l.Recorder.count(KindActivate, OutcomeRefused) > before })
}

// AwaitAccepted waits until a number of further activations is accepted.
func (l *Load) AwaitAccepted(more int) {
	l.S.T.Helper()
	count := func() int {
		l.Mu.Lock()
		defer l.Mu.Unlock()
		return len(l.Accepted)
	}
	want := count() + more
	eventually.True(l.S.T, "more activations are accepted", func() bool { return count() >= want })
}

// WantAllInvited waits until every accepted activation has its invitation, and checks
// that the product has no other activation.
func (l *Load) WantAllInvited() {
	l.S.T.Helper()
	if len(l.Accepted) < MinActivations {
		l.S.T.Errorf("only %d activations were accepted", len(l.Accepted))
	}
	var longest time.Duration
	for _, id := range l.Accepted {
		longest = max(longest, l.S.WantInvited(id))
	}
	l.S.T.Logf("by the product's clock, the slowest activation took %s", longest.Round(time.Millisecond))
	l.wantRepeatsAnswered()
	if n := l.S.Office(l.S.T, 1).CountActivations(); n != len(l.Accepted) {
		l.S.T.Errorf("the product has %d activations, and %d were accepted", n, len(l.Accepted))
	}
}

// EmailOf returns the address of the contact in the n-th request.
func EmailOf(n int) string { return fmt.Sprintf("person%d%s", n, harness.ClientDomain) }

// MailsTo returns the mails to the contact of the n-th request.
func (l *Load) MailsTo(n int) []external.SentMail { return l.S.Mail.To(EmailOf(n)) }

// Requests returns requests to invite the first n imported customers.
func Requests(o *harness.Office, n int) []collaboration.Request {
	o.T.Helper()
	byNumber := map[string]present.Customer{}
	for _, c := range harness.ListAll[present.Customer](o, "/v1/customers") {
		byNumber[c.OrganisationNumber] = c
	}
	requests := make([]collaboration.Request, n)
	for i := range requests {
		number := harness.OrganisationNumber(i)
		c, found := byNumber[number[:6]+"-"+number[6:]]
		if !found || len(c.Tasks) != 1 {
			o.T.Fatalf("customer %d: %+v", i, c)
		}
		requests[i] = collaboration.Request{
			CustomerID: c.ID, SolutionID: "financial-overview", TaskID: c.Tasks[0].ID, InvoiceRecipient: collaboration.PaidByOffice,
			Contact: &collaboration.Contact{Name: "Person", Email: EmailOf(i), Phone: "0701234567"},
		}
	}
	return requests
}
