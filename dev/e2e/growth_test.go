package e2e_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// growth is what was measured again and again of things that must not grow.
type growth struct {
	gauges []gauge // in the order in which they came
	taken  map[string][]float64
}

// gauge is one of them. Late in a run it may be above what it was early by few,
// and by a share of what it was. A pool that holds few of what it may hold early
// may fill.
type gauge struct {
	of, what   string
	few, share float64
	pool       float64
}

// may is by how much it may grow.
func (g gauge) may(early float64) float64 {
	return g.few + g.share*early + max(0, g.pool-early)
}

func (g gauge) name() string { return g.of + ": " + g.what }

// take measures a gauge once more.
func (g *growth) take(of gauge, value float64) {
	if g.taken == nil {
		g.taken = map[string][]float64{}
	}
	if g.taken[of.name()] == nil {
		g.gauges = append(g.gauges, of)
	}
	g.taken[of.name()] = append(g.taken[of.name()], value)
}

// windows are the medians of the second sixth and of the last: in the first,
// pools and caches fill.
func windows(taken []float64) (early, late float64) {
	sixth := max(1, len(taken)/6)
	return median(taken[min(sixth, len(taken)-1):min(2*sixth, len(taken))]), median(taken[len(taken)-sixth:])
}

func median(taken []float64) float64 {
	sorted := slices.Sorted(slices.Values(taken))
	return sorted[len(sorted)/2]
}

// grown are the gauges that did.
func (g *growth) grown() (all []string) {
	for _, one := range g.gauges {
		early, late := windows(g.taken[one.name()])
		if allowed := one.may(early); late-early > allowed {
			all = append(all, fmt.Sprintf("%s grew from %.0f to %.0f, and may by %.0f", one.name(), early, late, allowed))
		}
	}
	return all
}

func (g *growth) String() string {
	var table strings.Builder
	fmt.Fprintf(&table, "| | early | late | may grow by | most |\n| --- | --- | --- | --- | --- |\n")
	for _, one := range g.gauges {
		taken := g.taken[one.name()]
		early, late := windows(taken)
		fmt.Fprintf(&table, "| %s | %.0f | %.0f | %.0f | %.0f |\n", one.name(), early, late, one.may(early), slices.Max(taken))
	}
	return table.String()
}

func TestGrowthIsSeen(t *testing.T) {
	const samples = 360 // an hour's
	for name, tt := range map[string]struct {
		at    func(n float64) float64
		pool  float64
		grows bool
	}{
		"steady":                    {func(n float64) float64 { return 100 + 15*math.Sin(n) }, 0, false},
		"a saw":                     {func(n float64) float64 { return 100 + math.Mod(7*n, 50) }, 0, false},
		"fills in the first sixth":  {func(n float64) float64 { return 100 + min(n, samples/6)*10 }, 0, false},
		"one moment":                {func(n float64) float64 { return 100 + 1000*max(0, n-samples+10) }, 0, false},
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
			if got := len(g.grown()) > 0; got != tt.grows {
				t.Errorf("grows: %t, want %t\n%s", got, tt.grows, &g)
			}
		})
	}
}
