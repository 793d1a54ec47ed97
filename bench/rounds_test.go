package bench_test

import (
	"flag"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	temporal "go.temporal.io/sdk/client"

	"countersign/dev/engine"
)

var (
	rounds = flag.Int("rounds", 5, "how often everything is measured in turn")
	write  = flag.Bool("write", false, "write what was measured into RESULTS.md")
)

// How much of each is measured in a round.
const (
	atOnce      = 16
	inTurn      = 20
	burst       = 64
	perRound    = 10 * atOnce
	burstRounds = 4
)

// The figures that are measured.
const (
	perSecond = "activations a second, 16 at once"
	latency   = "start to invitation sent, one at a time"
	starting  = "start, 99th percentile of 64 at once"
	deciding  = "decision to agreement started, one at a time"
)

// The ways, in the order of the table.
const (
	ourWay   = "Countersign"
	theSame  = "its workflow, without the api"
	theUsual = "the usual way"
	theQueue = "the usual way, by the queue"
	theFloor = "an empty workflow"
)

var everyWay = []string{ourWay, theSame, theUsual, theQueue, theFloor}

// engines are how the embedded engine is set.
var engines = []struct {
	name, title string
	config      engine.Config
}{
	{"plain", "A server without settings: four partitions of each task queue, its one shard looks for tasks 20 times a second", engine.Config{Partitions: 4, PollsPerSecond: 20}},
	{"partition", "One partition", engine.Config{PollsPerSecond: 20}},
	{"dev", "As `go run ./dev` sets it: one partition, and the shard looks as often as there is something", engine.Config{}},
}

// BenchmarkActivation has every way take its turn in every round.
func BenchmarkActivation(b *testing.B) {
	var all results
	load := loadAverage()
	for _, e := range engines {
		b.Run("engine="+e.name, func(b *testing.B) {
			for range b.N {
				r := measure(b, e.config)
				r.engine = e.title
				r.report(b)
				all = append(all, r)
			}
		})
	}
	if *write {
		all.write(b, load)
	}
}

// open opens every way on one engine, ours with so many customers, who are invited with its api and without.
func open(b testing.TB, config engine.Config, customers int) map[string]way {
	b.Helper()
	config.NoUI, config.Logger = true, quiet()
	e, err := engine.Start(b.Context(), config)
	must(b, err)
	b.Cleanup(e.Stop)
	c, err := temporal.Dial(temporal.Options{HostPort: e.Address(), Namespace: engine.Namespace, Logger: quiet()})
	must(b, err)
	b.Cleanup(c.Close)
	u := openUsual(b, c, "usual", false)
	o := &ours{site: openSite(b, e, customers)}
	return map[string]way{ourWay: o, theSame: openDirect(o), theUsual: u, theQueue: openUsual(b, c, "queued", true), theFloor: floor{u}}
}

// TestEveryWay goes each way once, so that it is known to lead there when it is
// measured.
func TestEveryWay(t *testing.T) {
	for name, w := range open(t, engine.Config{}, 2) {
		id := w.start()
		w.invited(id)
		decide, settle := w.prepare(id)
		if decide == nil {
			if name != theFloor {
				t.Errorf("%s decides nothing", name)
			}
			continue
		}
		decide()
		settle()
	}
}

func measure(b *testing.B, config engine.Config) result {
	b.Helper()
	ways := open(b, config, 2*(*rounds+1)*(perRound+inTurn+burst*burstRounds))
	r := result{figures: map[figure][]float64{}}
	names := slices.Clone(everyWay)
	for round := range *rounds + 1 { // the first warms up
		for _, name := range names {
			runtime.GC()
			for what, value := range turn(ways[name]) {
				if round > 0 {
					r.figures[figure{name, what}] = append(r.figures[figure{name, what}], value)
				}
			}
		}
		names = append(names[1:], names[0])
	}
	return r
}

// turn measures one way once.
func turn(w way) map[string]float64 {
	out := map[string]float64{perSecond: throughput(w), starting: startLatency(w)}
	var invited, decisions []float64
	for range inTurn {
		began := time.Now()
		id := w.start()
		w.invited(id)
		invited = append(invited, milliseconds(began))
		if decide, settle := w.prepare(id); decide != nil {
			time.Sleep(20 * time.Millisecond) // people take longer
			began = time.Now()
			decide()
			decisions = append(decisions, milliseconds(began))
			settle()
		}
	}
	out[latency] = median(invited)
	if decisions != nil {
		out[deciding] = median(decisions)
	}
	return out
}

func throughput(w way) float64 {
	began := time.Now()
	inParallel(atOnce, func(int) {
		for range perRound / atOnce {
			w.invited(w.start())
		}
	})
	return perRound / time.Since(began).Seconds()
}

// startLatency is until the caller is answered. What was started is waited for before
// anything else is measured.
func startLatency(w way) float64 {
	var took []float64
	for range burstRounds {
		ids, each := make([]string, burst), make([]float64, burst)
		inParallel(burst, func(n int) {
			began := time.Now()
			ids[n] = w.start()
			each[n] = milliseconds(began)
		})
		took = append(took, each...)
		for _, id := range ids {
			w.invited(id)
		}
	}
	slices.Sort(took)
	return took[len(took)*99/100]
}

func inParallel(n int, do func(n int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { do(i) })
	}
	wg.Wait()
}

func milliseconds(began time.Time) float64 {
	return float64(time.Since(began)) / float64(time.Millisecond)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
