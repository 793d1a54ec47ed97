package rehearsal_test

import (
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/load"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
)

var rounds = flag.Int("rounds", 1, "how often TestOutages takes each part away")

// part is a part of a site that a test takes away.
type part struct {
	name              string
	stop, kill, start func()
	// outcomes are the only failures that callers may get in its outage, each a
	// kind of request with its outcome.
	outcomes []string
}

const (
	// maxInProgress bounds the load on a slow machine.
	maxInProgress = 16
	// answersPerOutage is how many requests an outage lasts at least.
	answersPerOutage = 100
	// shortestDeadline is the product's own deadline for a mutating request. If requests
	// take longer while all parts are available, the machine is too slow to tell a
	// deadline from an outage.
	shortestDeadline = time.Second
)

// Each part fails under load and recovers. A request that needs the part is
// answered 503 with Retry-After, every other request succeeds. Afterwards every
// accepted activation reaches its expected state. Every second round kills the
// parts.
func TestOutages(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	s := harness.StartBalancedSite(t)
	c := load.NewCallers(s, 100*time.Millisecond)
	c.MaxActivations, c.MaxInProgress = 3*load.MaxActivations**rounds, maxInProgress
	var table strings.Builder
	c.Run(func() {
		isSlow := observeNormal(c)
		for round := range *rounds {
			for _, p := range partsOf(s) {
				takeAway, how := p.stop, "stopped"
				if round%2 == 1 {
					takeAway, how = p.kill, "killed"
				}
				o := observeOutage(c, p, takeAway)
				wasSlow := isSlow
				isSlow = observeNormal(c)
				o.check(t, p, how, wasSlow || isSlow)
				fmt.Fprintf(&table, "| %s | %s | %s |\n", p.name, how, o)
			}
		}
	})
	t.Logf("\n| part | how | failed of all requests | outcomes | slowest | callers recovered after | activations caught up after |\n"+
		"| --- | --- | --- | --- | --- | --- | --- |\n%s", &table)
	c.WantConsistent(t)
}

func partsOf(s *harness.Site) []part {
	server := func(name string, p interface {
		Stop()
		Kill()
		Start()
	}, outcomes ...string) part {
		return part{name, p.Stop, p.Kill, p.Start, outcomes}
	}
	unavailable := func(kinds ...string) (outcomes []string) {
		for _, kind := range kinds {
			outcomes = append(outcomes, kind+" "+load.OutcomeUnavailable)
			if kind == load.KindActivate || kind == load.KindDecide {
				outcomes = append(outcomes, kind+" "+load.OutcomeRateLimited)
			}
		}
		return outcomes
	}
	worker, api := s.Workers[0], s.APIs[0]
	return []part{
		// A read needs Temporal where the database does not have the activation yet.
		server("Temporal", s.TemporalServer, unavailable(load.KindActivate, load.KindRead, load.KindDecide, load.KindFollow)...),
		server("PostgreSQL", s.Postgres, append(unavailable(load.KindActivate, load.KindRead, load.KindDecide, load.KindFollow), load.KindBrowse+" 503")...),
		server("Redis", s.Redis, load.KindBrowse+" 503"),
		{"mail", s.Mail.Stop, s.Mail.Stop, s.Mail.Start, nil},
		{"a worker", func() { worker.Stop() }, worker.Kill, worker.Start, nil},
		{"an api", api.Kill, api.Kill, api.Start, []string{load.KindActivate + " 502", load.KindRead + " 502", load.KindDecide + " 502",
			load.KindBrowse + " 502", load.KindFollow + " 502", load.KindFollow + " " + load.OutcomeCutOff}},
	}
}

// observeNormal checks that no request fails while all parts are available. It
// returns true if the machine is too slow for that.
func observeNormal(c *load.Callers) (isSlow bool) {
	t := c.S.T
	t.Helper()
	c.AwaitAccepted(10)
	counts, slowest := c.Recorder.Reset()
	isSlow = longest(slowest) > shortestDeadline
	for s, n := range counts {
		if !s.IsOK() && !(isSlow && isRetryable(s)) {
			t.Errorf("with all parts: %s: %s ×%d", s.Kind, s.Outcome, n)
		}
	}
	return isSlow
}

// isRetryable reports whether the outcome asks the caller to retry.
func isRetryable(s load.Observation) bool {
	return s.Outcome == load.OutcomeUnavailable || s.Outcome == load.OutcomeRateLimited || s == load.Observation{Kind: load.KindBrowse, Outcome: "503"}
}

// outage has the requests that were answered from the loss of a part to its recovery.
type outage struct {
	counts              map[load.Observation]int
	slowest             time.Duration
	recovered, caughtUp time.Duration
}

// observeOutage takes a part away and brings it back after requests of every kind
// that does not need the part have succeeded without it.
func observeOutage(c *load.Callers, p part, takeAway func()) *outage {
	t := c.S.T
	t.Helper()
	o := &outage{counts: map[load.Observation]int{}}
	takeAway()
	o.add(c)
	without := &outage{counts: map[load.Observation]int{}}
	eventually.OK(t, "requests succeed without "+p.name, func() error {
		without.add(c)
		if n := load.Total(without.counts); n < answersPerOutage {
			return fmt.Errorf("%d requests are answered", n)
		}
		for _, kind := range p.unaffected() {
			if without.counts[load.Observation{Kind: kind, Outcome: "200"}]+without.counts[load.Observation{Kind: kind, Outcome: "202"}] == 0 {
				return fmt.Errorf("%s does not", kind)
			}
		}
		return nil
	})
	for s, n := range without.counts {
		o.counts[s] += n
	}
	o.slowest = max(o.slowest, without.slowest)
	accepted := c.Ledger.All()
	c.Recorder.StartRecoveryClock()
	began := time.Now()
	p.start()
	awaitInvited(c, accepted)
	o.caughtUp = time.Since(began)
	o.recovered = awaitCallersRecovered(c, p.name)
	o.add(c)
	return o
}

// unaffected returns the kinds of requests that must succeed in an outage. Customers
// can answer only as long as there are mails.
func (p part) unaffected() (kinds []string) {
	for _, kind := range []string{load.KindActivate, load.KindRead, load.KindBrowse, load.KindFollow} {
		if !slices.ContainsFunc(p.outcomes, func(o string) bool { return strings.HasPrefix(o, kind+" ") }) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// add moves the recorder's counts to the outage.
func (o *outage) add(c *load.Callers) {
	counts, slowest := c.Recorder.Reset()
	for s, n := range counts {
		o.counts[s] += n
	}
	o.slowest = max(o.slowest, longest(slowest))
}

// check finds failures that the outage does not explain. On a slow machine it
// accepts those that ask for a retry.
func (o *outage) check(t *testing.T, p part, how string, isSlow bool) {
	t.Helper()
	for s, n := range o.counts {
		switch {
		case s.IsOK() || slices.Contains(p.outcomes, s.Kind+" "+s.Outcome):
		case isSlow && isRetryable(s):
			t.Logf("without %s (%s): %s: %s ×%d, on a machine that is slow with all parts", p.name, how, s.Kind, s.Outcome, n)
		default:
			t.Errorf("without %s (%s): %s: %s ×%d", p.name, how, s.Kind, s.Outcome, n)
		}
	}
}

// String returns the cells of a table.
func (o *outage) String() string {
	failed := 0
	for s, n := range o.counts {
		if !s.IsOK() {
			failed += n
		}
	}
	return fmt.Sprintf("%d of %d | %s | %s | %s | %s", failed, load.Total(o.counts), load.Failures(o.counts),
		o.slowest.Round(10*time.Millisecond), o.recovered.Round(10*time.Millisecond), o.caughtUp.Round(10*time.Millisecond))
}

func longest(times map[string]time.Duration) (longest time.Duration) {
	for _, one := range times {
		longest = max(longest, one)
	}
	return longest
}

// awaitCallersRecovered waits until a request of every kind succeeds that began
// after the part's return.
func awaitCallersRecovered(c *load.Callers, part string) (took time.Duration) {
	c.S.T.Helper()
	eventually.True(c.S.T, "requests of every kind succeed after the return of "+part, func() (all bool) {
		took, all = c.Recorder.RecoveryTime(load.KindActivate, load.KindRead, load.KindDecide, load.KindBrowse, load.KindFollow)
		return all
	})
	return took
}

// awaitInvited waits until the invitations of these activations are mailed.
func awaitInvited(c *load.Callers, accepted []load.Expected) {
	c.S.T.Helper()
	eventually.True(c.S.T, fmt.Sprintf("the invitations of all %d accepted activations are mailed", len(accepted)), func() bool {
		invited := map[string]bool{}
		for _, mail := range c.S.Mail.All() {
			invited[mail.To] = invited[mail.To] || mail.Link != ""
		}
		return !slices.ContainsFunc(accepted, func(e load.Expected) bool { return !invited[e.Email] })
	})
}

// Each process is stopped and started again in turn, twice, behind the balancer
// that the product ships with. No request fails.
func TestRollingRestart(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	s := harness.StartBalancedSite(t)
	c := load.NewCallers(s, 100*time.Millisecond)
	c.MaxActivations, c.MaxInProgress = 3*load.MaxActivations**rounds, maxInProgress
	c.Run(func() {
		for range 2 * *rounds {
			for n := range s.APIs {
				for _, p := range []*harness.Process{s.Workers[n], s.APIs[n]} {
					c.AwaitAccepted(5)
					p.Stop()
					c.AwaitAccepted(5)
					p.Start()
				}
			}
		}
		c.AwaitAccepted(5)
	})
	c.WantConsistent(t)
}

// Without Redis the APIs read from the database and remain ready.
func TestRedisOutage_LookupsStayCorrect(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	s := harness.StartSite(t)
	checkRedisOutage(s, s.Redis.Freeze, harness.Scenarios[1].Request)
	s.Redis.Thaw()
	awaitCached(s, harness.Scenarios[1].Request.CustomerID, 1)
	checkRedisOutage(s, s.Redis.Stop, harness.Scenarios[2].Request)
}

// checkRedisOutage changes a cached customer while Redis is unavailable and checks that
// no lookup returns the cached state.
func checkRedisOutage(s *harness.Site, stopRedis func(), r collaboration.Request) {
	s.T.Helper()
	awaitCached(s, r.CustomerID, 0)
	before := s.CacheLookups(0, "error")
	stopRedis()
	id := s.Office(s.T, 0).Activate(r)
	s.Office(s.T, 1).AwaitState(id, collaboration.AwaitingApproval)
	for range 5 {
		s.WantSubscriptions(s.T, r.CustomerID, 1)
	}
	if s.CacheLookups(0, "error") == before {
		s.T.Error("no lookup in Redis failed, so this test proves nothing")
	}
	for _, p := range s.Processes() {
		if got := harness.Status(p.Readiness()); got != http.StatusOK {
			s.T.Errorf("without Redis the %s answers %d", p.Role, got)
		}
	}
}

// awaitCached waits until every API has the customer's current state in the cache.
func awaitCached(s *harness.Site, id string, subscriptions int) {
	s.T.Helper()
	eventually.True(s.T, fmt.Sprintf("customer %s is in the cache with %d subscriptions", id, subscriptions), func() bool {
		before := [2]int{s.CacheLookups(0, "hit"), s.CacheLookups(1, "hit")}
		cached := true
		for n, view := range s.LookUpCustomer(s.T, id) {
			cached = cached && len(view.Subscriptions) == subscriptions && s.CacheLookups(n, "hit") > before[n]
		}
		return cached
	})
}
