package rehearsal_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"countersign/dev/harness/faulty"
)

// The faults of a process. The others are faults of a connection or of an external
// server, see package harness.
const (
	faultKill     = "killed"
	faultShutdown = "stopped"
	faultFreeze   = "frozen"
)

// fault happens to one part of a site.
type fault struct {
	at    time.Duration // since the first fault
	part  string
	kind  string
	lasts time.Duration
}

func (f fault) String() string {
	return fmt.Sprintf("%8s %s %s, for %s", f.at, f.part, f.kind, f.lasts)
}

// faultOdds has the parts of a site with their weight and their kinds of faults. A
// kind that is listed more often is drawn more often.
var faultOdds = []struct {
	part   string
	weight int
	kinds  []string
}{
	{"api 1", 3, weighted(faultKill, 9, faultShutdown, 1, faultFreeze, 2)},
	{"api 2", 3, weighted(faultKill, 9, faultShutdown, 1, faultFreeze, 2)},
	{"worker 1", 5, weighted(faultKill, 9, faultShutdown, 1, faultFreeze, 2)},
	{"worker 2", 5, weighted(faultKill, 9, faultShutdown, 1, faultFreeze, 2)},
	{"Temporal", 4, weighted(faultKill, 6, faultShutdown, 1, faultFreeze, 2, faulty.Latency, 1, faulty.LowBandwidth, 1, faulty.Fragmentation, 1, faulty.ConnectionLoss, 1)},
	{"PostgreSQL", 4, weighted(faultKill, 6, faultShutdown, 1, faultFreeze, 2, faulty.Latency, 1, faulty.LowBandwidth, 1, faulty.Fragmentation, 1, faulty.ConnectionLoss, 1)},
	{"Redis", 3, weighted(faultKill, 6, faultShutdown, 1, faultFreeze, 2, faulty.Latency, 1, faulty.LowBandwidth, 1, faulty.Fragmentation, 1, faulty.ConnectionLoss, 1)},
	{"SendGrid", 3, faulty.Faults},
	{"the platform", 3, faulty.Faults},
}

// weighted repeats each kind by the number after it.
func weighted(kinds ...any) (all []string) {
	for n := 0; n < len(kinds); n += 2 {
		all = append(all, slices.Repeat([]string{kinds[n].(string)}, kinds[n+1].(int))...)
	}
	return all
}

// schedule draws faults until it has the number of kills. The same seed gives the
// same faults. A part has one fault at a time; faults of different parts overlap.
func schedule(seed uint64, kills int) (all []fault) {
	random := rand.New(rand.NewPCG(seed, 0))
	between := func(least, most time.Duration) time.Duration {
		return (least + time.Duration(random.Int64N(int64(most-least)))).Round(10 * time.Millisecond)
	}
	var parts []int
	for n, o := range faultOdds {
		parts = append(parts, slices.Repeat([]int{n}, o.weight)...)
	}
	healthyAt := map[string]time.Duration{}
	for at := time.Duration(0); kills > 0; at += between(200*time.Millisecond, 2*time.Second) {
		o := faultOdds[parts[random.IntN(len(parts))]]
		if at < healthyAt[o.part] {
			continue
		}
		f := fault{at: at, part: o.part}
		f.kind = o.kinds[random.IntN(len(o.kinds))]
		switch f.kind {
		case faultKill:
			kills--
			fallthrough
		case faultShutdown, faulty.ConnectionLoss:
			f.lasts = between(0, 2*time.Second)
		case faultFreeze:
			f.lasts = between(200*time.Millisecond, 8*time.Second)
		default: // a slow connection, or an external server
			f.lasts = between(time.Second, 12*time.Second)
		}
		healthyAt[o.part] = at + f.lasts + 3*time.Second
		all = append(all, f)
	}
	return all
}

func TestFaultSchedule_IsDeterministic(t *testing.T) {
	t.Parallel()
	first, drawn, kills := schedule(7, 250), map[string]int{}, 0
	if !slices.Equal(first, schedule(7, 250)) || slices.Equal(first, schedule(8, 250)) {
		t.Error("the schedule does not follow from the seed alone")
	}
	for _, f := range first {
		drawn[f.part+" "+f.kind]++
		if f.kind == faultKill {
			kills++
		}
	}
	wantDrawn := func(part string, kinds iter.Seq[string]) {
		for kind := range kinds {
			if drawn[part+" "+kind] == 0 {
				t.Errorf("%s is never %s", part, kind)
			}
		}
	}
	for _, o := range faultOdds {
		wantDrawn(o.part, slices.Values(o.kinds))
	}
	for _, part := range []string{"Temporal", "PostgreSQL", "Redis"} {
		wantDrawn(part, slices.Values([]string{faulty.Latency, faulty.LowBandwidth, faulty.Fragmentation, faulty.ConnectionLoss}))
	}
	if kills != 250 {
		t.Errorf("%d of %d faults are kills, want 250", kills, len(first))
	}
}
