package e2e_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// How a part of a site fails.
const (
	killed  = "killed"
	stopped = "stopped"
	frozen  = "frozen"
)

// fault is something that happens to a part of a site.
type fault struct {
	at    time.Duration // after the first
	part  string
	how   string // killed, stopped, frozen, what a way can be, or a mood
	lasts time.Duration
}

func (f fault) String() string {
	return fmt.Sprintf("%8s %s %s, for %s", f.at, f.part, f.how, f.lasts)
}

// odds are of a part: how often it fails, and what becomes of it then.
var odds = []struct {
	part   string
	weight int
	hows   []string
}{
	{"api 1", 3, often(killed, 9, stopped, 1, frozen, 2)},
	{"api 2", 3, often(killed, 9, stopped, 1, frozen, 2)},
	{"worker 1", 5, often(killed, 9, stopped, 1, frozen, 2)},
	{"worker 2", 5, often(killed, 9, stopped, 1, frozen, 2)},
	{"Temporal", 4, often(killed, 6, stopped, 1, frozen, 2, lagging, 1, thin, 1, stuttering, 1, cut, 1)},
	{"PostgreSQL", 4, often(killed, 6, stopped, 1, frozen, 2, lagging, 1, thin, 1, stuttering, 1, cut, 1)},
	{"Redis", 3, often(killed, 6, stopped, 1, frozen, 2, lagging, 1, thin, 1, stuttering, 1, cut, 1)},
	{"SendGrid", 3, moods},
	{"the platform", 3, moods},
}

func often(hows ...any) (all []string) {
	for n := 0; n < len(hows); n += 2 {
		all = append(all, slices.Repeat([]string{hows[n].(string)}, hows[n+1].(int))...)
	}
	return all
}

// schedule is faults of which so many are kills, the same for the same seed. No part
// fails while it fails; different ones may.
func schedule(seed uint64, kills int) (all []fault) {
	random := rand.New(rand.NewPCG(seed, 0))
	between := func(least, most time.Duration) time.Duration {
		return (least + time.Duration(random.Int64N(int64(most-least)))).Round(10 * time.Millisecond)
	}
	var parts []int
	for n, o := range odds {
		parts = append(parts, slices.Repeat([]int{n}, o.weight)...)
	}
	back := map[string]time.Duration{}
	for at := time.Duration(0); kills > 0; at += between(200*time.Millisecond, 2*time.Second) {
		o := odds[parts[random.IntN(len(parts))]]
		if at < back[o.part] {
			continue
		}
		f := fault{at: at, part: o.part}
		f.how = o.hows[random.IntN(len(o.hows))]
		switch f.how {
		case killed:
			kills--
			fallthrough
		case stopped, cut:
			f.lasts = between(0, 2*time.Second)
		case frozen:
			f.lasts = between(200*time.Millisecond, 8*time.Second)
		default: // slow, or in a mood
			f.lasts = between(time.Second, 12*time.Second)
		}
		back[o.part] = at + f.lasts + 3*time.Second
		all = append(all, f)
	}
	return all
}

func TestASeedIsASchedule(t *testing.T) {
	first, kinds, kills := schedule(7, 250), map[string]int{}, 0
	if !slices.Equal(first, schedule(7, 250)) || slices.Equal(first, schedule(8, 250)) {
		t.Error("it is not the seed that makes the schedule")
	}
	for _, f := range first {
		kinds[f.part+" "+f.how]++
		if f.how == killed {
			kills++
		}
	}
	wantDrawn := func(part string, hows iter.Seq[string]) {
		for how := range hows {
			if kinds[part+" "+how] == 0 {
				t.Errorf("%s: never %s", part, how)
			}
		}
	}
	for _, o := range odds {
		wantDrawn(o.part, slices.Values(o.hows))
	}
	for _, part := range []string{"Temporal", "PostgreSQL", "Redis"} {
		wantDrawn(part, slices.Values([]string{lagging, thin, stuttering, cut}))
	}
	if kills != 250 {
		t.Errorf("%d of %d faults are kills", kills, len(first))
	}
}
