package e2e_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/dev/stack"
)

// The job is begun at one api, followed at the other, and answered by somebody
// who logged in at the first, with a page of the first that is sent to the second.
func TestTheJobAcrossReplicas(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	first, second := s.office(t, 0), s.office(t, 1)
	request := requests[1].request // on the platform, without the solution
	for range 2 {
		s.wantSubscriptions(t, request.CustomerID, 0)
	}
	if s.lookups(0, "hit") == 0 || s.lookups(1, "hit") == 0 {
		t.Fatal("the customer is not in the cache: what follows would show nothing")
	}

	id := first.activate(request)
	followed := make(chan string, 1)
	go func() { followed <- second.follow(id) }()
	a := second.await(id, collaboration.AwaitingApproval)
	s.wantSubscriptions(t, request.CustomerID, 1)
	mails := s.mail.mails(a.Invitation.Email)
	if len(mails) != 1 || !strings.HasPrefix(mails[0].link, s.apis[0].address+"/approve/") {
		t.Fatalf("mails %+v", mails)
	}

	link := mails[0].link
	approveOnThePage(t, link, strings.Replace(link, s.apis[0].address, s.apis[1].address, 1), a.Invitation.Email)
	a = first.await(id, collaboration.Active)
	if a.Agreement == nil || a.Agreement.Term != 1 || a.Decision == nil || a.Decision.Outcome != collaboration.Approve {
		t.Errorf("agreement %+v, decision %+v", a.Agreement, a.Decision)
	}
	steps := strings.Join(requests[1].events, " ") + " agreement_started"
	// What follows the start (access, letters) may come after the end of the stream.
	if got := <-followed; !strings.HasPrefix(got, steps) || !strings.HasSuffix(got, " end active") {
		t.Errorf("whoever followed saw %q", got)
	}
	if got := actions(a); !strings.HasPrefix(got, steps) {
		t.Errorf("steps %s", got)
	}
}

// Every process is stopped and started again, one after the other, while
// activations come in. Nobody notices more than an api that is away.
func TestProcessesAreReplacedUnderLoad(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	l := newLoad(s, 60*time.Millisecond, refused, unavailable)
	l.run(func() {
		for n := range s.apis {
			l.awaitAccepted(5)
			finish := s.beginRequest(n)
			s.apis[n].stopAsABalancerSeesIt(finish)
			l.awaitRefusal()
			s.apis[n].start()

			l.awaitAccepted(5)
			answer := s.mail.hold(n)
			s.workers[n].signal(syscall.SIGTERM)
			for status(s.workers[n].readiness()) == http.StatusOK {
				time.Sleep(time.Millisecond)
			}
			l.awaitAccepted(5) // while the worker waits for the mail server
			answer()
			s.workers[n].awaitEnd(workerStops)
			s.workers[n].start()
		}
	})
	l.wantAllInvited()
	for _, p := range s.processes() {
		p.stop(workerStops)
	}
	ids := map[string]bool{}
	for n := range l.accepted {
		mails := l.mailsTo(n)
		if len(mails) != 1 {
			t.Errorf("%d mails for activation %d", len(mails), n)
			continue
		}
		ids[mails[0].id] = true
	}
	if got := len(s.mail.all()); got != len(l.accepted) || len(ids) != got {
		t.Errorf("%d mails with %d Message-IDs for %d activations", got, len(ids), len(l.accepted))
	}
}

// stopAsABalancerSeesIt stops an api, which must say so for a while before it
// refuses connections, and answer all the while. Then a request that is under way is finished.
func (p *process) stopAsABalancerSeesIt(finish func()) {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	asked := time.Now()
	var said time.Duration // how long /readyz said no
	for answer := http.StatusOK; answer != 0; {
		switch answer = status(p.address + "/readyz"); {
		case answer == http.StatusServiceUnavailable:
			said = time.Since(asked)
			if other := status(p.address + "/healthz"); other != http.StatusOK && other != 0 {
				p.t.Errorf("an api that is about to stop answers %d", other)
			}
		case answer == http.StatusOK && said > 0:
			p.t.Error("an api that is about to stop is ready again")
		}
		if time.Since(asked) > apiStops {
			p.t.Fatal("the api goes on listening")
		}
		time.Sleep(5 * time.Millisecond)
	}
	if said < drainFor*8/10 {
		p.t.Errorf("/readyz said no for %s before connections were refused, want %s", said, drainFor)
	}
	finish()
	p.awaitEnd(apiStops - time.Since(asked))
}

// beginRequest sends the first half of a request; the second half must be
// answered.
func (s *site) beginRequest(n int) (finish func()) {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.apis[n].address, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	// The server asks for the rest once the request has reached its handler.
	fmt.Fprintf(conn, "POST /v1/activations HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n", stack.ManagerToken)
	answers := bufio.NewReader(conn)
	s.wantLine(answers, "HTTP/1.1 100 Continue")
	s.wantLine(answers, "")
	return func() {
		s.t.Helper()
		fmt.Fprint(conn, "{}")
		s.wantLine(answers, "HTTP/1.1 422 Unprocessable Entity")
	}
}

func (s *site) wantLine(r *bufio.Reader, want string) {
	s.t.Helper()
	if line, err := r.ReadString('\n'); strings.TrimSpace(line) != want {
		s.t.Errorf("a request under way is answered %q, %v, want %q", line, err, want)
	}
}

// A worker is killed while the mail server has a mail of it that is not
// answered, and an api together with it. The mail may go out once more, under
// the same Message-ID; everything else is as if nothing had happened.
func TestProcessesAreKilledUnderLoad(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	var dead []string // Message-IDs that the dead worker had handed over
	l := newLoad(s, 15*time.Millisecond, refused, unavailable, cutOff)
	l.run(func() {
		l.awaitAccepted(20)
		release := s.mail.hold(0)
		s.workers[0].kill()
		s.apis[0].kill()
		for _, one := range s.mail.all() {
			if one.door == 0 {
				dead = append(dead, one.id)
			}
		}
		release()
		l.awaitRefusal()
		l.awaitAccepted(10)
		s.apis[0].start()
		s.workers[0].start()
	})
	l.wantAllInvited()
	twice := 0
	for n := range l.accepted {
		switch mails := l.mailsTo(n); {
		case len(mails) == 1:
		case len(mails) == 2 && mails[0].id == mails[1].id && strings.Contains(strings.Join(dead, " "), mails[0].id):
			twice++
		default:
			t.Errorf("activation %d: mails %+v", n, mails)
		}
	}
	t.Logf("%d of %d invitations were mailed twice", twice, len(l.accepted))
	if twice == 0 {
		t.Error("the mail that the dead worker left behind was not sent again: was there one?")
	}
}

// The apis answer without Redis as they do with it: with what is true, within
// a second.
func TestRedisFreezesAndDies(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	s.withRedisAway(s.redis.Freeze, requests[1].request)
	s.redis.Thaw()
	s.awaitCached(requests[1].request.CustomerID, 1)
	s.withRedisAway(s.redis.Stop, requests[2].request)
}

// withRedisAway changes a customer that is in the cache.
func (s *site) withRedisAway(away func(), r collaboration.Request) {
	s.t.Helper()
	s.awaitCached(r.CustomerID, 0)
	before := s.lookups(0, "error")
	away()
	id := s.office(s.t, 0).activate(r)
	s.office(s.t, 1).await(id, collaboration.AwaitingApproval)
	for range 5 {
		s.wantSubscriptions(s.t, r.CustomerID, 1)
	}
	if s.lookups(0, "error") == before {
		s.t.Error("no lookup in Redis went wrong: this shows nothing")
	}
	for _, p := range s.processes() {
		if got := status(p.readiness()); got != http.StatusOK {
			s.t.Errorf("without Redis the %s answers %d", p.role, got)
		}
	}
}

// awaitCached waits until every api has a customer in the cache as it is: after
// Redis came back it may be as it was for a moment.
func (s *site) awaitCached(id string, subscriptions int) {
	s.t.Helper()
	began := time.Now()
	for cached := false; !cached; time.Sleep(20 * time.Millisecond) {
		before := [2]int{s.lookups(0, "hit"), s.lookups(1, "hit")}
		cached = true
		for n, view := range s.lookUp(s.t, id) {
			cached = cached && len(view.Subscriptions) == subscriptions && s.lookups(n, "hit") > before[n]
		}
		if time.Since(began) > 10*time.Second {
			s.t.Fatalf("customer %s is not in the cache with %d subscriptions", id, subscriptions)
		}
	}
	s.t.Logf("customer %s is in the cache after %s", id, time.Since(began).Round(time.Millisecond))
}

// Images ask a process how it is by its own program.
func TestHealthOfEveryProcess(t *testing.T) {
	s := openSite(t)
	for _, p := range s.processes() {
		for _, path := range []string{"/healthz", "/readyz"} {
			for _, address := range []string{p.address, p.admin} {
				if address == "" {
					continue
				}
				if code, said := run(t, nil, "health", address+path); code != 0 {
					t.Errorf("%s%s of the %s: exit code %d: %s", address, path, p.role, code, said)
				}
			}
		}
		if code, said := run(t, nil, "health", p.admin+"/nothing-here"); code != 1 || !strings.Contains(said, "404") {
			t.Errorf("what the %s does not have: exit code %d: %s", p.role, code, said)
		}
		p.stop(workerStops)
		if code, said := run(t, nil, "health", p.readiness()); code != 1 || !strings.Contains(said, "refused") {
			t.Errorf("a stopped %s: exit code %d: %s", p.role, code, said)
		}
	}
}
