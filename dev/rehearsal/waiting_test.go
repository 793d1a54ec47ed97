package rehearsal_test

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/load"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
)

var waitingCount = flag.Int("waiting", load.MinActivations, "how many activations await approval in TestManyWaiting")

const (
	// concurrentCallers send requests at the same time.
	concurrentCallers = 16
	// minMeasured is the number of activations from which TestManyWaiting judges times.
	minMeasured = 1000
	// podMemory is a worker's memory limit in deploy/kubernetes, in bytes.
	podMemory = 512 << 20
	// maxColdRatio bounds the time of an answer to a worker that has just started, as
	// a multiple of the time before.
	maxColdRatio = 3
)

// Many activations await approval, and every process is killed and started again.
// No activation is lost, and customers answer as before.
func TestManyWaiting(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	s := harness.StartSite(t)
	c := load.NewCallers(s, 0, load.OutcomeUnavailable, load.OutcomeRateLimited)
	c.OfficeFor = s.EitherOffice
	m, all := newMeter(s), firstRequests(*waitingCount)
	importCustomers(c, *waitingCount)
	activatePending(c, m, all)
	wantWorkersInPodMemory(s)
	sample := max(10, min(50, *waitingCount/10))
	warm := approve(c, all[*waitingCount-sample:])
	restartSite(c, m, *waitingCount, sample)
	cold := approve(c, all[:sample])
	t.Logf("the median time of an approval was %s before the restart, and %s after it", warm.Round(time.Millisecond), cold.Round(time.Millisecond))
	if *waitingCount >= minMeasured && cold > maxColdRatio*warm {
		t.Errorf("an approval took more than %d times as long after the restart", maxColdRatio)
	}
	t.Log("all requests: ", c.WantAllowedOutcomes())
	c.WantConsistent(t)
}

// wantWorkersInPodMemory checks the resident memory of every worker.
func wantWorkersInPodMemory(s *harness.Site) {
	s.T.Helper()
	for n, p := range s.Workers {
		resident, err := residentOf(p.Command.Process.Pid)
		if err != nil {
			s.T.Fatal(err)
		}
		if s.T.Logf("worker %d: %.0f MiB", n+1, resident/mebibyte); resident > podMemory {
			s.T.Errorf("worker %d uses more than %d MiB", n+1, podMemory/mebibyte)
		}
	}
}

// firstRequests returns the indexes of the first n requests.
func firstRequests(n int) (indexes []int) {
	for i := range n {
		indexes = append(indexes, i)
	}
	return indexes
}

// activatePending activates until every request awaits approval, and logs the cost
// of one.
func activatePending(c *load.Callers, m *meter, all []int) {
	c.S.T.Helper()
	before, began := m.measureUsage(), time.Now()
	activateAll(c, concurrentCallers, all)
	awaitPending(c, len(all))
	took := time.Since(began)
	c.S.T.Logf("%d activations await approval after %s, %.0f/s\n%s", len(all), took.Round(time.Millisecond), float64(len(all))/took.Seconds(),
		m.measureUsage().perActivation(before, len(all)))
}

// restartSite kills every process and starts it again. It then waits for all open
// workflow executions, some of which belong to approved activations.
func restartSite(c *load.Callers, m *meter, open, approved int) {
	c.S.T.Helper()
	began := time.Now()
	killAll(c.S)
	startAll(c.S)
	ready := time.Since(began)
	awaitPending(c, open-approved)
	m.awaitOpenExecutions(open)
	c.S.T.Logf("after kill -9 of every process, all were ready in %s, and %d activations listed in %s",
		ready.Round(time.Millisecond), open-approved, time.Since(began).Round(time.Millisecond))
}

// approve has one customer after another approve. It returns the median time.
func approve(c *load.Callers, indexes []int) time.Duration {
	var times []float64
	entries := c.Ledger.All()
	for _, n := range indexes {
		e := entries[slices.IndexFunc(entries, func(e load.Expected) bool { return e.Email == load.EmailOf(n) })]
		e.State = collaboration.Active
		began := time.Now()
		if c.Decide(e) {
			times = append(times, float64(time.Since(began)))
			c.Ledger.SetState(e.ID, e.State)
		}
	}
	return time.Duration(median(times))
}

// awaitOpenExecutions waits until Temporal has n open workflow executions.
func (m *meter) awaitOpenExecutions(n int) {
	m.s.T.Helper()
	eventually.OK(m.s.T, fmt.Sprintf("Temporal has %d open workflow executions", n), func() error {
		open, err := m.openExecutions(m.s.T.Context())
		if err == nil && int(open) != n {
			err = fmt.Errorf("it has %.0f", open)
		}
		return err
	})
}

// killAll kills the product's processes and Temporal.
func killAll(s *harness.Site) {
	s.T.Helper()
	s.TemporalServer.Kill()
	for _, p := range s.Processes() {
		p.Kill()
	}
}

// startAll starts them again and waits until all are ready.
func startAll(s *harness.Site) {
	s.T.Helper()
	s.TemporalServer.Start()
	for _, p := range s.Processes() {
		p.Launch()
	}
	for _, p := range s.Processes() {
		if err := p.AwaitReadyWithin(eventually.Deadline); err != nil {
			s.T.Fatalf("the %s %v", p.Role, err)
		}
	}
}
