package harness

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/api/present"
	"countersign/collaboration"
	"countersign/dev/harness/external"
	"countersign/dev/harness/faulty"
	"countersign/dev/login"
	"countersign/dev/stack"
	"countersign/dev/temporalserver"
	"countersign/internal/servertest"
	"countersign/internal/store/storetest"
)

// DrainFor is how long an API reports that it is about to stop.
const DrainFor = 500 * time.Millisecond

const (
	// ClientDomain ends the addresses of invited contacts.
	ClientDomain = "@client.example"
	// ManagerEmail is the address of a manager of the office.
	ManagerEmail = "maja@ekstroms.example"
	// ManagerToken is the manager's token at a site, whose settings must not have the
	// published tokens of the stack.
	ManagerToken = "site-manager-maja"
)

// Site is the product as operators run it: the program twice in each role, on
// separate servers that a test can stop.
type Site struct {
	T *testing.T
	// Public is the URL in mails: that of the first API or of the load balancer.
	Public         string
	TemporalServer *TemporalServer
	Login          string
	Postgres       *servertest.Server
	// Database is the database's URL, with the role of the product.
	Database string
	// Empty leaves the database without an office.
	Empty bool
	// Keys are the master keys.
	Keys  string
	Redis *servertest.Server
	Mail  *external.MailServer
	// Platform is nil if the product's own tables are the platform.
	Platform *external.Platform
	APIs     [2]*Process
	Workers  [2]*Process
}

// StartSite runs a site without a load balancer, with more settings for every role.
func StartSite(t *testing.T, settings ...string) *Site {
	t.Helper()
	s := NewSite(t)
	for _, p := range s.Processes() {
		p.Set("COUNTERSIGN_DRAIN_FOR", DrainFor.String())
		p.Environment = append(p.Environment, settings...)
	}
	s.Public = s.APIs[0].Address
	s.start()
	return s
}

// StartBalancedSite runs a site behind a load balancer, with more settings for
// every role.
func StartBalancedSite(t *testing.T, settings ...string) *Site {
	t.Helper()
	s := NewSite(t)
	s.StartBalanced(settings...)
	return s
}

// StartBalanced starts a site behind a load balancer.
func (s *Site) StartBalanced(settings ...string) {
	s.T.Helper()
	for _, p := range s.Processes() {
		p.Environment = append(p.Environment, settings...)
	}
	address := FreeAddress(s.T)
	s.Public = "http://" + address
	s.start()
	balance(s.T, address, s.APIs)
}

// NewSite starts the servers of a site and prepares its processes.
func NewSite(t *testing.T) *Site {
	t.Helper()
	if testing.Short() {
		t.Skip("-short skips tests that start processes of the product")
	}
	s := &Site{T: t, Keys: EncryptionKeys, Redis: servertest.RedisServer(t), Mail: external.NewMailServer(t)}
	s.Postgres, s.Database = servertest.PostgresServer(t)
	s.TemporalServer = StartTemporalServer(t)
	for n := range s.APIs {
		s.APIs[n] = s.Process("api")
		s.APIs[n].Address = s.APIs[n].Listen("COUNTERSIGN_LISTEN")
		s.Workers[n] = s.Process("worker")
		s.Workers[n].Set("COUNTERSIGN_SMTP_ADDRESS", s.Mail.Listen(FreeAddress(t)))
	}
	return s
}

// start migrates the database and starts every process.
func (s *Site) start() {
	s.T.Helper()
	s.Login = startLogin(s.T, s.Public,
		login.Person{Group: login.Customers, Name: "Hjördis Blåbär", Email: "hjordis@blabarsbageriet.example"},
		login.Person{Group: login.Office, Name: "Maja Ekström", Email: ManagerEmail})
	for _, p := range s.Processes() {
		p.Set("COUNTERSIGN_PUBLIC_URL", s.Public)
	}
	for _, p := range s.APIs {
		p.Set("COUNTERSIGN_OIDC_ISSUER", s.Login)
		p.Set("COUNTERSIGN_OIDC_CLIENT_ID", login.ClientID)
		p.Set("COUNTERSIGN_OIDC_AUDIENCE", login.Audience)
	}
	if code, output := RunCommand(s.T, s.APIs[0].Environment, "migrate"); code != 0 {
		s.T.Fatalf("migrate: exit code %d: %s", code, output)
	}
	if !s.Empty {
		NoError(s.T, storetest.Seed(s.T.Context(), s.Database))
	}
	for _, p := range s.Processes() {
		s.T.Cleanup(p.Cleanup)
		p.Start()
	}
}

// Processes returns the APIs and workers.
func (s *Site) Processes() []*Process {
	return []*Process{s.APIs[0], s.APIs[1], s.Workers[0], s.Workers[1]}
}

// EncryptionKeys are the master keys of a site.
const EncryptionKeys = "2026-01:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

// Process returns a process with the settings of its role.
func (s *Site) Process(role string) *Process {
	p := &Process{T: s.T, Role: role, Program: Program}
	for name, value := range map[string]string{
		"COUNTERSIGN_DATABASE_URL": s.Database,
		// Only countersign migrate reads it.
		"COUNTERSIGN_MIGRATE_DATABASE_URL": servertest.As(s.Database, servertest.Owner),
		"COUNTERSIGN_REDIS_URL":            "redis://" + s.Redis.Addr,
		"COUNTERSIGN_LINK_KEYS":            "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
		"COUNTERSIGN_AUDIT_KEYS":           "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
		"COUNTERSIGN_LIMIT_REQUESTS":       "0", // off: all requests of a test come from one address
		"COUNTERSIGN_LIMIT_ACTIVATIONS":    "0", // off: all activations of a test belong to one office
		"COUNTERSIGN_LIMIT_OFFICE_WRITES":  "0", // off: one person makes all changes of a test
		"COUNTERSIGN_API_TOKENS":           ManagerEmail + ":" + ManagerToken,
		"COUNTERSIGN_MAIL":                 "smtp",
		"COUNTERSIGN_MAIL_FROM":            "Countersign <no-reply@countersign.example>",
		"COUNTERSIGN_SMTP_TLS":             "none",
		"TEMPORAL_ADDRESS":                 s.TemporalServer.Address,
		"COUNTERSIGN_ENCRYPTION_KEYS":      EncryptionKeys,
	} {
		p.Set(name, value)
	}
	p.Admin = p.Listen("COUNTERSIGN_ADMIN_LISTEN")
	return p
}

// Set sets a variable of the environment for the next start.
func (p *Process) Set(name, value string) { p.Environment = append(p.Environment, name+"="+value) }

// Listen sets a listening address that remains the same after a restart.
func (p *Process) Listen(listen string) string {
	p.T.Helper()
	address := FreeAddress(p.T)
	p.Set(listen, address)
	return "http://" + address
}

// Office returns a manager who uses the n-th API.
func (s *Site) Office(t *testing.T, n int) *Office {
	at := stack.Addresses{API: s.APIs[n].Address, Login: s.Login, Temporal: s.TemporalServer.Address, Namespace: temporalserver.Namespace}
	return NewOffice(t, at, s.Database, s.Keys).As(t, ManagerToken)
}

// EitherOffice returns a manager who uses the APIs in turn.
func (s *Site) EitherOffice(try int) *Office { return s.Office(s.T, try%len(s.APIs)) }

// LookUpCustomer reads a customer at every API.
func (s *Site) LookUpCustomer(t *testing.T, id string) (views [2]present.Customer) {
	t.Helper()
	for n := range views {
		if r := s.Office(t, n).Call(http.MethodGet, "/v1/customers/"+id, nil, &views[n]); r.StatusCode != http.StatusOK {
			t.Fatalf("customer %s at API %d: %s", id, n+1, r.Status)
		}
	}
	return views
}

// WantSubscriptions checks a customer at every API.
func (s *Site) WantSubscriptions(t *testing.T, id string, want int) {
	t.Helper()
	for n, view := range s.LookUpCustomer(t, id) {
		if got := len(view.Subscriptions); got != want || view.ID != id || view.Name == "" {
			t.Errorf("customer %s at API %d has %d subscriptions, want %d", id, n+1, got, want)
		}
	}
}

// CacheLookups returns how many lookups of the n-th API in Redis had a result.
func (s *Site) CacheLookups(n int, result string) (count int) {
	s.T.Helper()
	response, err := http.Get(s.APIs[n].Admin + "/metrics")
	if err != nil {
		s.T.Fatal(err)
	}
	for line := range strings.Lines(Body(s.T, response)) {
		if strings.HasPrefix(line, "countersign_customer_cache_lookups_total{") && strings.Contains(line, `result="`+result+`"`) {
			fmt.Sscan(line[strings.LastIndex(line, " "):], &count)
		}
	}
	return count
}

// InvitedActions has the actions of a new customer's activation up to the invitation.
const InvitedActions = "requested task_checked solution_activated administrator_created invitation_queued invitation_sent"

// WantInvited waits for an invitation and checks that each action was recorded once.
// It returns the time from the first action to the last.
func (s *Site) WantInvited(id collaboration.ActivationID) time.Duration {
	s.T.Helper()
	a := s.Office(s.T, 0).AwaitState(id, collaboration.AwaitingApproval)
	if got := Actions(a); got != InvitedActions {
		s.T.Fatalf("%s: %q", id, got)
	}
	return a.Events[len(a.Events)-1].At.Sub(a.Events[0].At)
}

// UseFaultyNetwork configures every process to reach Temporal, PostgreSQL and Redis
// through proxies, and returns the proxies by server.
func (s *Site) UseFaultyNetwork() map[string]*faulty.Network {
	s.T.Helper()
	temporal, postgres, redis := faulty.StartNetwork(s.T, s.TemporalServer.Address), faulty.StartNetwork(s.T, s.Postgres.Addr), faulty.StartNetwork(s.T, s.Redis.Addr)
	for _, p := range s.Processes() {
		p.Set("TEMPORAL_ADDRESS", temporal.Address())
		p.Set("COUNTERSIGN_DATABASE_URL", "postgres://"+servertest.Product+"@"+postgres.Address()+"/countersign?sslmode=disable")
		p.Set("COUNTERSIGN_REDIS_URL", "redis://"+redis.Address())
	}
	return map[string]*faulty.Network{"Temporal": temporal, "PostgreSQL": postgres, "Redis": redis}
}
