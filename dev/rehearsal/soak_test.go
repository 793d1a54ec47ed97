package rehearsal_test

import (
	"flag"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/load"
	"countersign/dev/login"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
)

var soak = flag.Duration("soak", 20*time.Second, "how long TestSoak measures")

const (
	soakPace = 250 * time.Millisecond
	// maxLifetime bounds the time from a customer's answer to the activation's end.
	maxLifetime = 30 * time.Second
	// endRequest is the kind of a request that ends an activation.
	endRequest = "end"
	// notActive is the outcome of a repeated request if the first answer was lost.
	notActive = "409 " + string(collaboration.CodeNotActive)
)

// A site under steady load uses no more resources late than early. Every
// activation ends after a while: it is declined, withdrawn, or ended by either
// side. The number of open activations is therefore steady, and growth is a leak.
// Twenty seconds show a leak in every request, an hour one in a hundredth of them.
//
// It does not run in parallel with other tests: their load is not steady.
func TestSoak(t *testing.T) {
	rehearsal.Only(t)
	s := harness.StartBalancedSite(t)
	c := load.NewCallers(s, soakPace, load.OutcomeUnavailable, notActive)
	c.MinRequestsPerFailure = 200
	c.MaxActivations = max(load.MinActivations, int(*soak/soakPace)) + 40
	over := make(chan struct{})
	c.OnAccepted = func(n int) { answerAndEnd(c, n, min(maxLifetime, *soak/12), over) }
	m := newMeter(s)
	c.Run(func() {
		defer close(over)
		measureDuringSoak(c, m)
	})
	t.Logf("\n%s", &m.growth)
	for _, violation := range m.violations() {
		t.Error(violation)
	}
	c.WantConsistent(t)
}

func measureDuringSoak(c *load.Callers, m *meter) {
	tick := time.NewTicker(min(10*time.Second, *soak/60))
	defer tick.Stop()
	samples, failed := 0, 0
	for end := time.Now().Add(*soak); time.Now().Before(end); <-tick.C {
		samples++
		if err := m.read(newestOpen(c, 4)); err != nil {
			failed++
			c.S.T.Log(err)
		}
	}
	if failed > samples/20 {
		c.S.T.Errorf("%d of %d measurements failed", failed, samples)
	}
}

// newestOpen returns the newest activations that are pending or active.
func newestOpen(c *load.Callers, most int) (ids []collaboration.ActivationID) {
	for _, e := range slices.Backward(c.Ledger.All()) {
		if len(ids) < most && (e.State == collaboration.Active || e.State == collaboration.AwaitingApproval) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// answerAndEnd lets the customer answer, and ends the activation some time later
// unless the soak is over.
func answerAndEnd(c *load.Callers, n int, lifetime time.Duration, over <-chan struct{}) {
	c.Answer(n)
	select {
	case <-over:
		return
	case <-time.After(lifetime):
	}
	c.Mu.Lock()
	id := c.Accepted[n]
	c.Mu.Unlock()
	switch n % 5 {
	case 0:
		end(c, c.Office(), id, "/v1/activations/"+string(id)+"/end", collaboration.Ended)
	case 1:
		token, err := login.AccessToken(c.S.T.Context(), c.S.Login, load.EmailOf(n))
		if err != nil {
			c.S.T.Error(err)
			return
		}
		end(c, c.Office().As(c.S.T, token), id, "/v1/collaborations/"+string(id)+"/end", collaboration.Ended)
	case 3, 4:
		end(c, c.Office(), id, "/v1/activations/"+string(id)+"/withdraw", collaboration.Withdrawn)
	}
}

// end waits until the activation can be ended. It repeats its request under one key
// until the activation has the state: a failed request may have been processed.
func end(c *load.Callers, by *harness.Office, id collaboration.ActivationID, path string, want collaboration.State) {
	from, body := collaboration.AwaitingApproval, any(nil)
	if want == collaboration.Ended {
		from, body = collaboration.Active, rest.EndRequest{When: collaboration.EndNow}
	}
	header := http.Header{"Idempotency-Key": {"end-" + string(id)}}
	eventually.OK(c.S.T, string(id)+" is "+string(want), func() error {
		state := stateOf(c, id)
		switch state {
		case want:
			c.Ledger.SetState(id, want)
			return nil
		case from:
			by.TryWithClient(c.Recorder.Client(endRequest), header, http.MethodPost, path, body, nil)
		}
		return fmt.Errorf("it is %q", state)
	})
}

// stateOf returns "" if the request fails.
func stateOf(c *load.Callers, id collaboration.ActivationID) collaboration.State {
	var a rest.ActivationView
	if response, err := c.Office().TryWithClient(c.Recorder.Client(load.KindRead), nil, http.MethodGet, "/v1/activations/"+string(id), nil, &a); err != nil || response.StatusCode != http.StatusOK {
		return ""
	}
	return a.State
}

// growth has the samples of gauges that must not grow.
type growth struct {
	gauges  []gauge // in the order of their first sample
	samples map[string][]float64
}

// gauge is one measured number. Its late samples may exceed its early ones by few,
// by a share of the early ones, and by the rest of a pool that is not full early.
type gauge struct {
	of, what   string
	few, share float64
	pool       float64
}

// allowedGrowth returns by how much the gauge may grow.
func (g gauge) allowedGrowth(early float64) float64 {
	return g.few + g.share*early + max(0, g.pool-early)
}

func (g gauge) name() string { return g.of + ": " + g.what }

// take adds a sample.
func (g *growth) take(of gauge, value float64) {
	if g.samples == nil {
		g.samples = map[string][]float64{}
	}
	if g.samples[of.name()] == nil {
		g.gauges = append(g.gauges, of)
	}
	g.samples[of.name()] = append(g.samples[of.name()], value)
}

// earlyAndLate returns the medians of the second sixth of the samples and of the
// last one. In the first sixth, pools and caches fill.
func earlyAndLate(samples []float64) (early, late float64) {
	sixth := max(1, len(samples)/6)
	return median(samples[min(sixth, len(samples)-1):min(2*sixth, len(samples))]), median(samples[len(samples)-sixth:])
}

func median(samples []float64) float64 {
	sorted := slices.Sorted(slices.Values(samples))
	return sorted[len(sorted)/2]
}

// violations describes the gauges that grew by more than is allowed.
func (g *growth) violations() (all []string) {
	for _, gauge := range g.gauges {
		early, late := earlyAndLate(g.samples[gauge.name()])
		if allowed := gauge.allowedGrowth(early); late-early > allowed {
			all = append(all, fmt.Sprintf("%s grew from %.0f to %.0f, by more than %.0f", gauge.name(), early, late, allowed))
		}
	}
	return all
}

func (g *growth) String() string {
	var table strings.Builder
	fmt.Fprintf(&table, "| | early | late | allowed growth | maximum |\n| --- | --- | --- | --- | --- |\n")
	for _, gauge := range g.gauges {
		samples := g.samples[gauge.name()]
		early, late := earlyAndLate(samples)
		fmt.Fprintf(&table, "| %s | %.0f | %.0f | %.0f | %.0f |\n", gauge.name(), early, late, gauge.allowedGrowth(early), slices.Max(samples))
	}
	return table.String()
}

func TestGrowth_IsDetected(t *testing.T) {
	t.Parallel()
	const samples = 360 // of an hour
	for name, tt := range map[string]struct {
		at    func(n float64) float64
		pool  float64
		grows bool
	}{
		"steady":                    {func(n float64) float64 { return 100 + 15*math.Sin(n) }, 0, false},
		"a sawtooth":                {func(n float64) float64 { return 100 + math.Mod(7*n, 50) }, 0, false},
		"fills in the first sixth":  {func(n float64) float64 { return 100 + min(n, samples/6)*10 }, 0, false},
		"a short peak":              {func(n float64) float64 { return 100 + 1000*max(0, n-samples+10) }, 0, false},
		"shrinks":                   {func(n float64) float64 { return 1000 - n }, 0, false},
		"a pool that fills late":    {func(n float64) float64 { return 30 + n/4 }, 130, false},
		"more than the pool holds":  {func(n float64) float64 { return 30 + n }, 130, true},
		"one of a hundred requests": {func(n float64) float64 { return 100 + 15*math.Sin(n) + n }, 0, true}, // at ten a second
		"in steps":                  {func(n float64) float64 { return 100 + 40*math.Floor(n/120) }, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			var g growth
			for n := range samples {
				g.take(gauge{of: "api", what: "goroutines", few: 20, share: .05, pool: tt.pool}, tt.at(float64(n)))
			}
			if got := len(g.violations()) > 0; got != tt.grows {
				t.Errorf("grows: %t, want %t\n%s", got, tt.grows, &g)
			}
		})
	}
}
