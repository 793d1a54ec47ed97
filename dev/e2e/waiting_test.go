package e2e_test

import (
	"flag"
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
)

var waiting = flag.Int("waiting", least, "how many activations TestManyWaiting has waiting for their customers")

const (
	// starters ask at the same time.
	starters = 16
	// manyWaiting is from where on it is a measurement, and not only a test.
	manyWaiting = 1000
	// podMemory is what a worker may take in Kubernetes (deploy/kubernetes), in bytes.
	podMemory = 512 << 20
	// coldAtMost is how many times as long an answer may take that is given to a
	// worker which has just started.
	coldAtMost = 3
)

// Many activations wait for their customers, everything is killed and started
// again: none is lost, and customers answer as before.
func TestManyWaiting(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	c := newCallers(s, 0, unavailable, tooMany)
	c.at = s.either
	m, all := newMeter(s), firstOnes(*waiting)
	c.prepare(*waiting)
	c.fill(m, all)
	s.wantInPod()
	sample := max(10, min(50, *waiting/10))
	warm := c.answers(all[*waiting-sample:])
	c.restart(m, *waiting, sample)
	cold := c.answers(all[:sample])
	t.Logf("an answer took %s before, and %s after", warm.Round(time.Millisecond), cold.Round(time.Millisecond))
	if *waiting >= manyWaiting && cold > coldAtMost*warm {
		t.Errorf("that is more than %d times as long", coldAtMost)
	}
	t.Log("of all requests: ", c.wantLawful())
	c.wantRight(t)
}

// wantInPod finds that no worker takes more memory than it is given, however many wait.
func (s *site) wantInPod() {
	s.t.Helper()
	for n, p := range s.workers {
		resident, err := residentOf(p.command.Process.Pid)
		if err != nil {
			s.t.Fatal(err)
		}
		if s.t.Logf("worker %d: %.0f MiB", n+1, resident/mega); resident > podMemory {
			s.t.Errorf("that is more than %d", podMemory/mega)
		}
	}
}

func firstOnes(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

// fill has activations wait, and tells what each costs.
func (c *callers) fill(m *meter, all []int) {
	c.s.t.Helper()
	empty, began := m.weigh(), time.Now()
	c.atATime(starters, all)
	c.awaitWaiting(len(all))
	took := time.Since(began)
	c.s.t.Logf("%d wait after %s, %.0f/s\n%s", len(all), took.Round(time.Millisecond), float64(len(all))/took.Seconds(), m.weigh().each(empty, len(all)))
}

// restart kills everything and starts it again, and finds as many open as there
// were, of which some are in force.
func (c *callers) restart(m *meter, open, inForce int) {
	c.s.t.Helper()
	began := time.Now()
	c.s.killAll()
	c.s.startAll()
	up := time.Since(began)
	c.awaitWaiting(open - inForce)
	m.awaitRuns(open)
	c.s.t.Logf("after kill -9 of everything all was up in %s, and %d listed in %s",
		up.Round(time.Millisecond), open-inForce, time.Since(began).Round(time.Millisecond))
}

// answers is how long it took one customer after another to approve, the median.
func (c *callers) answers(which []int) time.Duration {
	var all []float64
	entries := c.ledger.all()
	for _, n := range which {
		e := entries[slices.IndexFunc(entries, func(e entry) bool { return e.Email == personOf(n) })]
		e.State = collaboration.Active
		began := time.Now()
		if c.decide(e) {
			all = append(all, float64(time.Since(began)))
			c.ledger.is(e.ID, e.State)
		}
	}
	return time.Duration(median(all))
}

// awaitRuns waits until the engine has so many open.
func (m *meter) awaitRuns(n int) {
	m.s.t.Helper()
	for end := time.Now().Add(giveUp); ; time.Sleep(50 * time.Millisecond) {
		open, err := m.openRuns(m.s.t.Context())
		if err == nil && int(open) == n {
			return
		}
		if time.Now().After(end) {
			m.s.t.Fatalf("the engine has %.0f open, want %d: %v", open, n, err)
		}
	}
}

// killAll kills what runs activations, all at once.
func (s *site) killAll() {
	s.t.Helper()
	s.engine.Kill()
	for _, p := range s.processes() {
		p.kill()
	}
}

// startAll starts it, and waits until all of it is ready.
func (s *site) startAll() {
	s.t.Helper()
	s.engine.Start()
	for _, p := range s.processes() {
		p.launch()
	}
	for _, p := range s.processes() {
		if err := p.awaitReady(giveUp); err != nil {
			s.t.Fatalf("the %s %v", p.role, err)
		}
	}
}
