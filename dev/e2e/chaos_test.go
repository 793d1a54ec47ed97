package e2e_test

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
)

var (
	kills = flag.Int("kills", 7, "how many processes TestChaos kills, among other faults, half of them always the same")
	seed  = flag.Uint64("seed", 0, "makes what is left to chance; left out, a new one")
)

// theSeed is said, so that what chance did can be seen again.
var theSeed = sync.OnceValue(func() uint64 {
	for *seed == 0 {
		*seed = rand.Uint64()
	}
	return *seed
})

// always makes the faults that are always the same.
const always = 2

// Whatever fails, whenever it does: everything that was accepted comes out right,
// here and on the platform, and is mailed once. A second mail, or a mail that nobody
// knows of, is lawful where the answer of the first was lost; after the customer's
// answer nobody asks any more what became of the mail. TestKilledAtEveryStep
// kills around each step; here it is chance that says where.
func TestChaos(t *testing.T) {
	t.Parallel()
	t.Logf("to see these faults again: -kills %d -seed %d", *kills, theSeed())
	provider, other := openSendGrid(t), openPlatform(t)
	s := newSite(t)
	ways := s.throughProxies()
	// Who tries again at once, as callers do here, asks for a mail each time.
	s.openBalanced(append(append(provider.settings(), other.settings()...), "COUNTERSIGN_LIMIT_MAILS=0")...)
	s.mail.postbox, s.platform = provider.postbox, other
	same, drawn := schedule(always, *kills/2), schedule(theSeed(), *kills-*kills/2)
	c := newCallers(s, 150*time.Millisecond, unavailable, tooMany, "502", "503", "504", hung, cutOff)
	c.most, c.mayLose = most+16*(len(same)+len(drawn)), true
	c.patience = 4*time.Minute + time.Duration(*kills)*3*time.Second // a step that fails again and again is tried every five minutes
	ch := newChaos(s, ways, provider)
	began := time.Now()
	c.run(func() {
		ch.bring(same)
		ch.bring(drawn)
		ch.rest(c)
	})
	ch.report()
	c.wantRight(t)
	t.Logf("all was at rest and right %s after the beginning", time.Since(began).Round(time.Second))
}

// breakable is a part that is a process.
type breakable interface {
	Kill()
	Stop()
	Start()
	Freeze()
	Thaw()
}

// replica is a process whose supervisor starts it again until it stays.
type replica struct{ *process }

func (r replica) Kill()   { r.kill() }
func (r replica) Stop()   { r.stop(workerStops) }
func (r replica) Freeze() { r.signal(syscall.SIGSTOP) }
func (r replica) Thaw()   { r.signal(syscall.SIGCONT) }

func (r replica) Start() {
	var err error
	for end := time.Now().Add(2 * giveUp); time.Now().Before(end); {
		r.launch()
		if err = r.awaitReady(time.Until(end)); err == nil {
			return
		}
	}
	r.t.Fatalf("the %s %v", r.role, err)
}

// chaos brings faults about, and counts them.
type chaos struct {
	s     *site
	parts map[string]breakable
	ways  map[string]*way
	moody map[string]*moody
	facts *sql.DB
	busy  map[string]*sync.Mutex // one fault at a time is enough for a part

	mu   sync.Mutex
	hits map[string]int
	// at counts the activations that were under way when a worker was killed, by
	// what was recorded of them last.
	at map[string]int
}

func newChaos(s *site, ways map[string]*way, provider *sendGrid) *chaos {
	s.t.Helper()
	facts, err := sql.Open("pgx", s.database)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { facts.Close() })
	c := &chaos{
		s: s, ways: ways, facts: facts, hits: map[string]int{}, at: map[string]int{}, busy: map[string]*sync.Mutex{},
		parts: map[string]breakable{
			"api 1": replica{s.apis[0]}, "api 2": replica{s.apis[1]}, "worker 1": replica{s.workers[0]}, "worker 2": replica{s.workers[1]},
			"Temporal": s.engine, "PostgreSQL": s.postgres, "Redis": s.redis,
		},
		moody: map[string]*moody{"SendGrid": provider.moody, "the platform": s.platform.moody},
	}
	for _, o := range odds {
		c.busy[o.part] = &sync.Mutex{}
	}
	return c
}

// bring brings faults about in their time, and waits until each is over.
func (c *chaos) bring(all []fault) {
	var under sync.WaitGroup
	defer under.Wait()
	began := time.Now()
	for _, f := range all {
		time.Sleep(time.Until(began.Add(f.at)))
		under.Go(func() { c.happen(f) })
	}
}

func (c *chaos) happen(f fault) {
	c.busy[f.part].Lock()
	defer c.busy[f.part].Unlock()
	c.count(f)
	end := c.begin(f)
	time.Sleep(f.lasts)
	end()
}

// begin brings a fault about, and is what ends it.
func (c *chaos) begin(f fault) (end func()) {
	if m := c.moody[f.part]; m != nil {
		m.be(f.how)
		return func() { m.be(well) }
	}
	p := c.parts[f.part]
	switch f.how {
	case frozen:
		p.Freeze()
		return p.Thaw
	case stopped:
		p.Stop()
	case killed:
		p.Kill()
	default:
		c.ways[f.part].be(f.how)
		return c.ways[f.part].mend
	}
	if strings.HasPrefix(f.part, "worker") {
		c.look()
	}
	return p.Start
}

func (c *chaos) count(f fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hits[f.part+" "+f.how]++
	c.hits[f.how]++
}

// look counts what is under way, where the facts answer.
func (c *chaos) look() {
	ctx, cancel := context.WithTimeout(c.s.t.Context(), time.Second)
	defer cancel()
	rows, err := c.facts.QueryContext(ctx, `SELECT last.action, count(*) FROM activations a JOIN LATERAL
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
			c.at[action] += n
		}
	}
}

// rest waits until callers of every kind are well again, and does what operators do
// then: steps that failed often are not left to wait for minutes.
func (c *chaos) rest(by *callers) {
	c.s.t.Helper()
	by.witness.wait()
	by.awaitWell(part{name: "everything"})
	for _, which := range [][]string{{"--state", "activating,awaiting_approval,active"}, {"--query", "WorkflowType = 'LetterWorkflow'"}} {
		retry := append([]string{"ops", "retry", "--yes", "--rate", "1000"}, which...)
		if code, said := run(c.s.t, c.s.workers[0].environment, retry...); code != 0 {
			c.s.t.Logf("not everything could be tried again at once: %s", said)
		}
	}
}

func (c *chaos) report() {
	c.s.t.Helper()
	list := func(counts map[string]int) string {
		var all []string
		for _, what := range slices.Sorted(maps.Keys(counts)) {
			all = append(all, fmt.Sprintf("%s ×%d", what, counts[what]))
		}
		return strings.Join(all, ", ")
	}
	c.s.t.Logf("faults: %s", list(c.hits))
	trouble := 0
	for name, m := range c.moody {
		met := map[string]int{}
		for mood, n := range m.had() {
			met[mood] = n
			if mood != well {
				trouble += n
			}
		}
		c.s.t.Logf("requests at %s: %s", name, list(met))
	}
	if trouble == 0 || c.hits[killed] < *kills {
		c.s.t.Errorf("%d requests met a mood and %d processes were killed: that shows nothing", trouble, c.hits[killed])
	}
	c.s.t.Logf("what was recorded last of the activations that were under way when a worker ended: %s", list(c.at))
}
