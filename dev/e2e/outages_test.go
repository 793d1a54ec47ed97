package e2e_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// rounds is how often each part goes away; every other time by a kill.
var rounds = flag.Int("rounds", 1, "how often TestOutages takes each part away")

// part is something that a site needs, or has two of.
type part struct {
	name             string
	stop, kill, back func()
	// costs are what callers may be answered while it is away, and nothing else.
	costs []string
}

// Each part goes away under load and comes back. Meanwhile callers are told to
// try again where the part is needed, and nowhere else; afterwards everything
// that was accepted is right.
func TestOutages(t *testing.T) {
	t.Parallel()
	s := openBalancedSite(t)
	c := newCallers(s, 100*time.Millisecond)
	c.most = 3 * most * *rounds
	var table strings.Builder
	c.run(func() {
		for round := range *rounds {
			for _, p := range s.parts() {
				end, how := p.stop, "stopped"
				if round%2 == 1 {
					end, how = p.kill, "killed"
				}
				c.awaitAccepted(5)
				c.wantLawful()
				fmt.Fprintln(&table, c.without(p, end, how))
			}
		}
		c.awaitAccepted(5)
	})
	t.Logf("\n| part | how | not well of all | what callers saw | slowest | callers well after | work caught up after |\n"+
		"| --- | --- | --- | --- | --- | --- | --- |\n%s", &table)
	c.wantRight(t)
}

func (s *site) parts() []part {
	of := func(p interface {
		Stop()
		Kill()
		Start()
	}) part {
		return part{stop: p.Stop, kill: p.Kill, back: p.Start}
	}
	named := func(name string, p part, costs ...string) part {
		p.name, p.costs = name, costs
		return p
	}
	worker := part{stop: func() { s.workers[0].stop(workerStops) }, kill: s.workers[0].kill, back: s.workers[0].start}
	api := part{stop: s.apis[0].kill, kill: s.apis[0].kill, back: s.apis[0].start}
	needs := func(kinds ...string) (costs []string) {
		for _, kind := range kinds {
			costs = append(costs, kind+" "+unavailable)
			if kind == activating || kind == deciding {
				costs = append(costs, kind+" "+tooMany)
			}
		}
		return costs
	}
	return []part{
		// What is not recorded yet, the engine alone knows.
		named("Temporal", of(s.engine), needs(activating, reading, deciding, following)...),
		named("PostgreSQL", of(s.postgres), append(needs(activating, reading, deciding, following), browsing+" 503")...),
		named("Redis", of(s.redis), browsing+" 503"),
		named("mail", part{stop: s.mail.Stop, kill: s.mail.Stop, back: s.mail.Start}),
		named("a worker", worker),
		named("an api", api, activating+" 502", reading+" 502", deciding+" 502", browsing+" 502", following+" 502", following+" "+cutOff),
	}
}

// without takes a part away, brings it back, and tells in a line of the table
// what that was like.
func (c *callers) without(p part, end func(), how string) string {
	t := c.s.t
	t.Helper()
	end()
	c.awaitAnswers(100)
	behind := c.ledger.all()
	c.witness.wait()
	began := time.Now()
	p.back()
	c.awaitInvited(behind)
	caughtUp := time.Since(began)
	well := c.awaitWell(p)
	seen, slowest := c.witness.forget()
	for s, n := range seen {
		if !s.good() && !slices.Contains(p.costs, s.kind+" "+s.outcome) {
			t.Errorf("without %s (%s): %s: %s ×%d", p.name, how, s.kind, s.outcome, n)
		}
	}
	bad := 0
	for s, n := range seen {
		if !s.good() {
			bad += n
		}
	}
	return fmt.Sprintf("| %s | %s | %d of %d | %s | %s | %s | %s |", p.name, how, bad, total(seen), troubles(seen),
		slices.Max(slices.Collect(maps.Values(slowest))).Round(10*time.Millisecond), well.Round(10*time.Millisecond), caughtUp.Round(10*time.Millisecond))
}

// awaitAnswers waits until so many requests were answered, well or badly.
func (c *callers) awaitAnswers(n int) {
	c.s.t.Helper()
	c.await("no requests are answered", func() bool { return c.witness.answers() >= n })
}

// awaitWell waits until a request of every kind went well which began after a
// part was told to come back.
func (c *callers) awaitWell(p part) (took time.Duration) {
	c.s.t.Helper()
	c.await("callers are not well after the return of "+p.name, func() (all bool) {
		took, all = c.witness.recovered(activating, reading, deciding, browsing, following)
		return all
	})
	return took
}

// awaitInvited waits until everything that was accepted before has come as far
// as its invitation.
func (c *callers) awaitInvited(entries []entry) {
	c.s.t.Helper()
	c.await("not everybody is invited", func() bool {
		invited := map[string]bool{}
		for _, one := range c.s.mail.all() {
			invited[one.to] = invited[one.to] || one.link != ""
		}
		return !slices.ContainsFunc(entries, func(e entry) bool { return !invited[e.Email] })
	})
}

func (c *callers) await(otherwise string, done func() bool) {
	c.s.t.Helper()
	for end := time.Now().Add(2 * giveUp); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			c.s.t.Fatal(otherwise)
		}
	}
}
