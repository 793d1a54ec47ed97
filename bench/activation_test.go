package bench_test

import (
	"flag"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	temporal "go.temporal.io/sdk/client"

	"countersign/dev/temporalserver"
)

var (
	rounds = flag.Int("rounds", 5, "number of measured rounds")
	write  = flag.Bool("write", false, "write the results into Markdown files")
)

// Activations of an implementation in a round.
const (
	concurrency    = 16
	concurrentRuns = 10 * concurrency
	sequentialRuns = 20
	burstSize      = 64
	burstsPerRound = 4
)

// The metrics.
const (
	throughputMetric = "activations per second, 16 concurrent"
	latencyMetric    = "start to invitation sent, sequential"
	startMetric      = "start, 99th percentile of 64 concurrent"
	decisionMetric   = "decision to agreement started, sequential"
)

// Names of the implementations.
const (
	productName  = "Countersign"
	workflowName = "Countersign's workflow without the API"
	baselineName = "baseline"
	queuedName   = "baseline without eager dispatch"
	emptyName    = "empty workflow"
)

// implementationNames has the names in the order of the table.
var implementationNames = []string{productName, workflowName, baselineName, queuedName, emptyName}

// temporalSettings has the settings of the embedded Temporal server that are measured.
var temporalSettings = []struct {
	name, title string
	options     temporalserver.Options
}{
	{"plain", "Default settings: four partitions of each task queue, and the shard polls for tasks 20 times a second", temporalserver.Options{Partitions: 4, PollsPerSecond: 20}},
	{"partition", "One partition", temporalserver.Options{PollsPerSecond: 20}},
	{"dev", "Settings of `go run ./dev`: one partition, and the shard polls up to 1,000 times a second", temporalserver.Options{}},
}

// BenchmarkActivation measures every implementation in every round.
func BenchmarkActivation(b *testing.B) {
	var all results
	load := loadAverage()
	for _, s := range temporalSettings {
		b.Run("temporal="+s.name, func(b *testing.B) {
			for range b.N {
				r := measure(b, s.options)
				r.title = s.title
				r.report(b)
				all = append(all, r)
			}
		})
	}
	if *write {
		all.write(b, load)
	}
}

// openImplementations starts every implementation on one Temporal server. The product
// has customers to invite, with and without the API.
func openImplementations(b testing.TB, options temporalserver.Options, customers int) map[string]implementation {
	b.Helper()
	options.NoUI, options.Logger = true, discardLogger()
	server, err := temporalserver.Start(b.Context(), options)
	must(b, err)
	b.Cleanup(server.Stop)
	c, err := temporal.Dial(temporal.Options{HostPort: server.Address(), Namespace: temporalserver.Namespace, Logger: discardLogger()})
	must(b, err)
	b.Cleanup(c.Close)
	base := openBaseline(b, c, "baseline", false)
	p := &product{site: openSite(b, server, customers)}
	return map[string]implementation{
		productName: p, workflowName: openWithoutAPI(p),
		baselineName: base, queuedName: openBaseline(b, c, "queued", true), emptyName: emptyBaseline{base},
	}
}

// The test calls each implementation once, so that the benchmark measures successful
// activations.
func TestImplementations_Work(t *testing.T) {
	t.Parallel()
	for name, i := range openImplementations(t, temporalserver.Options{}, 2) {
		id := i.start()
		i.awaitInvited(id)
		decide, settle := i.prepareDecision(id)
		if decide == nil {
			if name != emptyName {
				t.Errorf("%s has no decision", name)
			}
			continue
		}
		decide()
		settle()
	}
}

// measure runs the rounds. The first round warms up and does not count. Each round has
// another order of implementations.
func measure(b *testing.B, options temporalserver.Options) result {
	b.Helper()
	implementations := openImplementations(b, options, 2*(*rounds+1)*(concurrentRuns+sequentialRuns+burstSize*burstsPerRound))
	r := result{values: map[series][]float64{}}
	names := slices.Clone(implementationNames)
	for round := range *rounds + 1 {
		for _, name := range names {
			runtime.GC()
			for metric, value := range measureOnce(implementations[name]) {
				if round > 0 {
					r.values[series{name, metric}] = append(r.values[series{name, metric}], value)
				}
			}
		}
		names = append(names[1:], names[0])
	}
	return r
}

// measureOnce returns one value of each metric.
func measureOnce(i implementation) map[string]float64 {
	out := map[string]float64{throughputMetric: throughput(i), startMetric: startLatency(i)}
	var invitations, decisions []float64
	for range sequentialRuns {
		began := time.Now()
		id := i.start()
		i.awaitInvited(id)
		invitations = append(invitations, milliseconds(began))
		if decide, settle := i.prepareDecision(id); decide != nil {
			time.Sleep(20 * time.Millisecond) // a customer does not decide at once
			began = time.Now()
			decide()
			decisions = append(decisions, milliseconds(began))
			settle()
		}
	}
	out[latencyMetric] = median(invitations)
	if decisions != nil {
		out[decisionMetric] = median(decisions)
	}
	return out
}

func throughput(i implementation) float64 {
	began := time.Now()
	inParallel(concurrency, func(int) {
		for range concurrentRuns / concurrency {
			i.awaitInvited(i.start())
		}
	})
	return concurrentRuns / time.Since(began).Seconds()
}

// startLatency measures the time until start returns. It waits for all invitations
// before it returns, so that they do not disturb the next measurement.
func startLatency(i implementation) float64 {
	var took []float64
	for range burstsPerRound {
		ids, each := make([]string, burstSize), make([]float64, burstSize)
		inParallel(burstSize, func(n int) {
			began := time.Now()
			ids[n] = i.start()
			each[n] = milliseconds(began)
		})
		took = append(took, each...)
		for _, id := range ids {
			i.awaitInvited(id)
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
