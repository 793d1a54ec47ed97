package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/api"
	"countersign/collaboration"
	"countersign/dev/login"
	"countersign/dev/stack"
	"countersign/internal/servertest"
)

// drainFor is how long an api says that it is about to stop.
const drainFor = 500 * time.Millisecond

// How long a process may take to stop: a worker may have a mail under way.
const (
	apiStops    = drainFor + 16*time.Second
	workerStops = 36 * time.Second
)

const (
	// atClient ends the addresses of those who are invited.
	atClient = "@client.example"
	// atOffice is the address of somebody at the office.
	atOffice = "maja@ekstroms.example"
)

// site is the product as it is operated: its program twice in each role, and
// real servers for all that it needs, each of which can be taken away.
type site struct {
	t *testing.T
	// public is where people find it: the first api, or the balancer.
	public   string
	engine   *engineServer
	login    string
	postgres *servertest.Server
	// database is the facts' URL.
	database string
	// keys are the master keys.
	keys  string
	redis *servertest.Server
	mail  *mailServer
	// platform is nil where it is our own.
	platform *otherPlatform
	apis     [2]*process
	workers  [2]*process
}

// openSite runs a site without a balancer, with settings that every role has
// besides the usual: tests ask one api or the other.
func openSite(t *testing.T, settings ...string) *site {
	t.Helper()
	s := newSite(t)
	for _, p := range s.processes() {
		p.set("COUNTERSIGN_DRAIN_FOR", drainFor.String())
		p.environment = append(p.environment, settings...)
	}
	s.public = s.apis[0].address
	s.open()
	return s
}

// openBalancedSite runs a site whose callers know the balancer alone, with
// settings that every role has besides the usual.
func openBalancedSite(t *testing.T, settings ...string) *site {
	t.Helper()
	s := newSite(t)
	s.openBalanced(settings...)
	return s
}

func (s *site) openBalanced(settings ...string) {
	s.t.Helper()
	for _, p := range s.processes() {
		p.environment = append(p.environment, settings...)
	}
	address := loopback(freePort(s.t))
	s.public = "http://" + address
	s.open()
	balance(s.t, address, s.apis)
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, keys: siteKeys, redis: servertest.RedisServer(t), mail: &mailServer{postbox: &postbox{}, t: t}}
	s.postgres, s.database = servertest.PostgresServer(t)
	s.engine = startEngine(t)
	for n := range s.apis {
		s.apis[n] = s.process("api")
		s.apis[n].address = s.apis[n].serve("COUNTERSIGN_LISTEN")
		s.workers[n] = s.process("worker")
		s.workers[n].set("COUNTERSIGN_SMTP_ADDRESS", s.mail.open(n))
	}
	return s
}

// open starts every process, with the links in mails leading to the public address.
func (s *site) open() {
	s.t.Helper()
	s.login = openLogin(s.t, s.public,
		login.Person{Group: login.Customers, Name: "Hjördis Blåbär", Email: "hjordis@blabarsbageriet.example"},
		login.Person{Group: login.Office, Name: "Maja Ekström", Email: atOffice})
	for _, p := range s.processes() {
		p.set("COUNTERSIGN_PUBLIC_URL", s.public)
	}
	for _, p := range s.apis {
		p.set("COUNTERSIGN_OIDC_ISSUER", s.login)
		p.set("COUNTERSIGN_OIDC_CLIENT_ID", login.ClientID)
		p.set("COUNTERSIGN_OIDC_AUDIENCE", login.Audience)
	}
	for _, command := range []string{"migrate", "seed"} {
		if code, said := run(s.t, s.apis[0].environment, command); code != 0 {
			s.t.Fatalf("%s: exit code %d: %s", command, code, said)
		}
	}
	for _, p := range s.processes() {
		s.t.Cleanup(p.clear)
		p.start()
	}
}

func (s *site) processes() []*process {
	return []*process{s.apis[0], s.apis[1], s.workers[0], s.workers[1]}
}

// siteKeys are the master keys of a site.
const siteKeys = "2026-01:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

// process is configured as an operator does it.
func (s *site) process(role string) *process {
	p := &process{t: s.t, role: role, program: product}
	for name, value := range map[string]string{
		"COUNTERSIGN_DATABASE_URL":      s.database,
		"COUNTERSIGN_REDIS_URL":         "redis://" + s.redis.Addr,
		"COUNTERSIGN_LINK_KEYS":         "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
		"COUNTERSIGN_LIMIT_REQUESTS":    "0", // all of a test comes from one address
		"COUNTERSIGN_LIMIT_ACTIVATIONS": "0", // and from one office
		"COUNTERSIGN_API_TOKENS":        atOffice + ":" + stack.ManagerToken,
		"COUNTERSIGN_MAIL":              "smtp",
		"COUNTERSIGN_MAIL_FROM":         "Countersign <no-reply@countersign.example>",
		"COUNTERSIGN_SMTP_TLS":          "none",
		"TEMPORAL_ADDRESS":              s.engine.address,
		"COUNTERSIGN_ENCRYPTION_KEYS":   siteKeys,
	} {
		p.set(name, value)
	}
	p.admin = p.serve("COUNTERSIGN_ADMIN_LISTEN")
	return p
}

// set is for a variable; the last of a name counts.
func (p *process) set(name, value string) { p.environment = append(p.environment, name+"="+value) }

// serve finds an address for the process that it keeps for all its lives.
func (p *process) serve(listen string) string {
	p.t.Helper()
	address := loopback(freePort(p.t))
	p.set(listen, address)
	return "http://" + address
}

// office is someone at the office who is connected to the n-th api.
func (s *site) office(t *testing.T, n int) *office {
	return &office{t: t, at: stack.Addresses{API: s.apis[n].address, Login: s.login, Engine: s.engine.address}, token: stack.ManagerToken, facts: s.database, keys: s.keys}
}

// either is that at one api after the other.
func (s *site) either(try int) *office { return s.office(s.t, try%len(s.apis)) }

// lookUp asks every api for a customer, in no more than a second each.
func (s *site) lookUp(t *testing.T, id string) (views [2]api.CustomerView) {
	t.Helper()
	for n := range views {
		began := time.Now()
		if r := s.office(t, n).call(http.MethodGet, "/v1/customers/"+id, nil, &views[n]); r.StatusCode != http.StatusOK {
			t.Fatalf("customer %s at api %d: %s", id, n+1, r.Status)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("customer %s at api %d took %s", id, n+1, took)
		}
	}
	return views
}

// wantSubscriptions checks what every api shows, at once.
func (s *site) wantSubscriptions(t *testing.T, id string, want int) {
	t.Helper()
	for n, view := range s.lookUp(t, id) {
		if got := len(view.Subscriptions); got != want || view.ID != id || view.Name == "" {
			t.Errorf("customer %s at api %d has %d subscriptions, want %d", id, n+1, got, want)
		}
	}
}

// lookups is how often an api's lookups in Redis went in a way.
func (s *site) lookups(n int, result string) (count int) {
	s.t.Helper()
	response, err := http.Get(s.apis[n].admin + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(text(s.t, response)) {
		if strings.HasPrefix(line, "countersign_customer_cache_lookups_total{") && strings.Contains(line, `result="`+result+`"`) {
			fmt.Sscan(line[strings.LastIndex(line, " "):], &count)
		}
	}
	return count
}

// awaitingApproval are the steps of a new customer's activation up to the
// approval.
const awaitingApproval = "requested task_checked solution_activated administrator_created invitation_queued invitation_sent"

// wantInvited waits until an activation is invited to, each step done once,
// and tells how long that took.
func (s *site) wantInvited(id collaboration.ActivationID) time.Duration {
	s.t.Helper()
	a := s.office(s.t, 0).await(id, collaboration.AwaitingApproval)
	if got := actions(a); got != awaitingApproval {
		s.t.Fatalf("%s: %q", id, got)
	}
	return a.Events[len(a.Events)-1].At.Sub(a.Events[0].At)
}
