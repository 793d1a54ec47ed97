package rehearsal_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/dev/harness/faulty"
	"countersign/dev/harness/load"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
	"countersign/internal/servertest"
)

var (
	kills = flag.Int("kills", 7, "how many processes TestChaos kills among other faults, half of them by a fixed schedule")
	seed  = flag.Uint64("seed", 0, "the seed of random faults; 0 draws a new seed")
)

// faultSeed returns the seed. Tests log it, so that a failure can be repeated.
var faultSeed = sync.OnceValue(func() uint64 {
	for *seed == 0 {
		*seed = rand.Uint64()
	}
	return *seed
})

// fixedSeed gives the faults that are the same each time.
const fixedSeed = 2

// Random faults hit every part of a site under load. Every accepted activation
// reaches its expected state, in the database and on the platform, and is mailed
// once. Two results are allowed where the provider's answer to a mail was lost: a
// second copy of the same mail, and an unconfirmed delivery. The site stops
// clarifying a delivery after the customer has answered. TestCrash_AtEveryStep
// kills around each step; here the moments are random.
func TestChaos(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	t.Logf("repeat these faults with -kills %d -seed %d", *kills, faultSeed())
	provider, platform := external.StartSendGrid(t), external.StartPlatform(t)
	s := harness.NewSite(t)
	networks := s.UseFaultyNetwork()
	// Callers retry at once here, and each retry counts as a mail.
	s.StartBalanced(append(append(provider.Settings(), platform.Settings()...), "COUNTERSIGN_LIMIT_MAILS=0")...)
	s.Mail.SentMails, s.Platform = provider.SentMails, platform
	fixed, random := schedule(fixedSeed, *kills/2), schedule(faultSeed(), *kills-*kills/2)
	c := load.NewCallers(s, 150*time.Millisecond, load.OutcomeUnavailable, load.OutcomeRateLimited, "502", "503", "504", load.OutcomeTimeout, load.OutcomeCutOff)
	c.MaxActivations, c.AllowUnconfirmedMail = load.MaxActivations+16*(len(fixed)+len(random)), true
	c.RetryTimeout = 4*time.Minute + time.Duration(*kills)*3*time.Second // the retries of a step are up to five minutes apart
	ch := newChaos(s, networks, provider)
	began := time.Now()
	c.Run(func() {
		ch.inject(fixed)
		ch.inject(random)
		ch.awaitRecovery(c)
	})
	ch.report()
	c.WantConsistent(t)
	t.Logf("every activation had its expected state %s after the first fault", time.Since(began).Round(time.Second))
}

// component is a part of a site that is a process.
type component interface {
	Kill()
	Stop()
	Start()
	Freeze()
	Thaw()
}

// replica is a process of the product. Like a supervisor, Start launches it until
// it becomes ready.
type replica struct{ *harness.Process }

func (r replica) Kill() { r.Process.Kill() }

func (r replica) Stop() { r.Process.Stop() }

func (r replica) Freeze() { r.Signal(syscall.SIGSTOP) }

func (r replica) Thaw() { r.Signal(syscall.SIGCONT) }

func (r replica) Start() {
	eventually.OK(r.T, "the "+r.Role+" is ready", func() error {
		r.Launch()
		return r.AwaitReadyWithin(eventually.Deadline) // returns early if the process has ended
	})
}

// chaos injects faults and counts them.
type chaos struct {
	s          *harness.Site
	components map[string]component
	networks   map[string]*faulty.Network
	servers    map[string]*faulty.Server
	db         *sql.DB
	isFaulty   map[string]*sync.Mutex // a part has one fault at a time

	mu       sync.Mutex
	injected map[string]int
	// inProgress counts the activations that were in progress when a worker ended,
	// by their last audit action.
	inProgress map[string]int
}

func newChaos(s *harness.Site, networks map[string]*faulty.Network, provider *external.SendGrid) *chaos {
	s.T.Helper()
	db, err := sql.Open("pgx", servertest.As(s.Database, servertest.Superuser))
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() { db.Close() })
	c := &chaos{
		s: s, networks: networks, db: db, injected: map[string]int{}, inProgress: map[string]int{}, isFaulty: map[string]*sync.Mutex{},
		components: map[string]component{
			"api 1": replica{s.APIs[0]}, "api 2": replica{s.APIs[1]}, "worker 1": replica{s.Workers[0]}, "worker 2": replica{s.Workers[1]},
			"Temporal": s.TemporalServer, "PostgreSQL": s.Postgres, "Redis": s.Redis,
		},
		servers: map[string]*faulty.Server{"SendGrid": provider.Server, "the platform": s.Platform.Server},
	}
	for _, o := range faultOdds {
		c.isFaulty[o.part] = &sync.Mutex{}
	}
	return c
}

// inject injects each fault at its time, and returns when all are over.
func (c *chaos) inject(all []fault) {
	var running sync.WaitGroup
	defer running.Wait()
	began := time.Now()
	for _, f := range all {
		time.Sleep(time.Until(began.Add(f.at)))
		running.Go(func() { c.injectOne(f) })
	}
}

func (c *chaos) injectOne(f fault) {
	c.isFaulty[f.part].Lock()
	defer c.isFaulty[f.part].Unlock()
	c.count(f)
	end := c.begin(f)
	time.Sleep(f.lasts)
	end()
}

// begin begins a fault and returns the function that ends it.
func (c *chaos) begin(f fault) (end func()) {
	if server := c.servers[f.part]; server != nil {
		server.SetFault(f.kind)
		return func() { server.SetFault(faulty.None) }
	}
	p := c.components[f.part]
	switch f.kind {
	case faultFreeze:
		p.Freeze()
		return p.Thaw
	case faultShutdown:
		p.Stop()
	case faultKill:
		p.Kill()
	default:
		c.networks[f.part].SetFault(f.kind)
		return c.networks[f.part].Heal
	}
	if strings.HasPrefix(f.part, "worker") {
		c.countInProgress()
	}
	return p.Start
}

func (c *chaos) count(f fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.injected[f.part+" "+f.kind]++
	c.injected[f.kind]++
}

// countInProgress counts the activations in progress, unless the database is away.
func (c *chaos) countInProgress() {
	ctx, cancel := context.WithTimeout(c.s.T.Context(), time.Second)
	defer cancel()
	rows, err := c.db.QueryContext(ctx, `SELECT last.action, count(*) FROM activations a JOIN LATERAL
		(SELECT action FROM audit WHERE activation_id = a.id ORDER BY sequence DESC LIMIT 1) last ON true
		WHERE a.state = 'activating' OR last.action IN ('administrator_removed', 'solution_deactivated')
		GROUP BY last.action`)
	if err != nil {
		return
	}
	defer rows.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	for rows.Next() {
		var action string
		var n int
		if rows.Scan(&action, &n) == nil {
			c.inProgress[action] += n
		}
	}
}

// awaitRecovery waits until callers of every kind succeed. Then it retries all
// pending steps, as an operator does: the next attempt of a step that failed often
// is minutes away.
func (c *chaos) awaitRecovery(by *load.Callers) {
	c.s.T.Helper()
	by.Recorder.StartRecoveryClock()
	awaitCallersRecovered(by, "all parts")
	for _, selection := range [][]string{{"--state", "activating,awaiting_approval,active"}, {"--query", "WorkflowType = 'NotificationWorkflow'"}} {
		retry := append([]string{"ops", "retry", "--yes", "--rate", "1000"}, selection...)
		if code, output := harness.RunCommand(c.s.T, c.s.Workers[0].Environment, retry...); code != 0 {
			c.s.T.Logf("ops retry did not retry every step: %s", output)
		}
	}
}

func (c *chaos) report() {
	c.s.T.Helper()
	list := func(counts map[string]int) string {
		var all []string
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			all = append(all, fmt.Sprintf("%s ×%d", name, counts[name]))
		}
		return strings.Join(all, ", ")
	}
	c.s.T.Logf("faults: %s", list(c.injected))
	failed := 0
	for name, server := range c.servers {
		counts := server.Counts()
		for kind, n := range counts {
			if kind != faulty.None {
				failed += n
			}
		}
		c.s.T.Logf("requests at %s: %s", name, list(counts))
	}
	if failed == 0 || c.injected[faultKill] < *kills {
		c.s.T.Errorf("%d requests reached a faulty server and %d processes were killed, want some and %d", failed, c.injected[faultKill], *kills)
	}
	c.s.T.Logf("the last action of the activations that were in progress when a worker ended: %s", list(c.inProgress))
}
