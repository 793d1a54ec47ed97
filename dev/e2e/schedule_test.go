package e2e_test

import (
	"fmt"
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
	how   string // killed, stopped, frozen or a mood
	lasts time.Duration
}

func (f fault) String() string {
	return fmt.Sprintf("%8s %s %s, for %s", f.at, f.part, f.how, f.lasts)
}

// odds are of a part: how often it fails, and what becomes of it then; a part
// without hows is one with moods.
var odds = []struct {
	part   string
	weight int
	hows   []string
}{
	{"api 1", 3, often(killed, 9, stopped, 1, frozen, 2)},
	{"api 2", 3, often(killed, 9, stopped, 1, frozen, 2)},
	{"worker 1", 5, often(killed, 9, stopped, 1, frozen, 2)},
	{"worker 2", 5, often(killed, 9, stopped, 1, frozen, 2)},
	{"Temporal", 3, often(killed, 5, stopped, 1, frozen, 2)},
	{"PostgreSQL", 3, often(killed, 5, stopped, 1, frozen, 2)},
	{"Redis", 2, often(killed, 5, stopped, 1, frozen, 2)},
	{"SendGrid", 3, nil},
	{"the platform", 3, nil},
}

func often(hows ...any) (all []string) {
	for n := 0; n < len(hows); n += 2 {
		all = append(all, slices.Repeat([]string{hows[n].(string)}, hows[n+1].(int))...)
	}
	return all
}

// schedule is so many faults, the same for the same seed. No part fails while it
// fails; different ones may.
func schedule(seed uint64, faults int) (all []fault) {
	random := rand.New(rand.NewPCG(seed, 0))
	between := func(least, most time.Duration) time.Duration {
		return (least + time.Duration(random.Int64N(int64(most-least)))).Round(10 * time.Millisecond)
	}
	var parts []int
	for n, o := range odds {
		parts = append(parts, slices.Repeat([]int{n}, o.weight)...)
	}
	back := map[string]time.Duration{}
	for at := time.Duration(0); len(all) < faults; at += between(200*time.Millisecond, 2*time.Second) {
		o := odds[parts[random.IntN(len(parts))]]
		if at < back[o.part] {
			continue
		}
		f := fault{at: at, part: o.part}
		if o.hows == nil {
			f.how, f.lasts = string(moods[random.IntN(len(moods))]), between(time.Second, 12*time.Second)
		} else if f.how = o.hows[random.IntN(len(o.hows))]; f.how == frozen {
			f.lasts = between(200*time.Millisecond, 8*time.Second)
		} else {
			f.lasts = between(0, 2*time.Second)
		}
		back[o.part] = at + f.lasts + 3*time.Second
		all = append(all, f)
	}
	return all
}

func TestASeedIsASchedule(t *testing.T) {
	first, kinds := schedule(7, 500), map[string]int{}
	if !slices.Equal(first, schedule(7, 500)) || slices.Equal(first, schedule(8, 500)) {
		t.Error("it is not the seed that makes the schedule")
	}
	for _, f := range first {
		kinds[f.part+" "+f.how]++
	}
	for _, o := range odds {
		for _, how := range o.hows {
			if kinds[o.part+" "+how] == 0 {
				t.Errorf("%s is never %s", o.part, how)
			}
		}
	}
	if kills := slices.Collect(func(yield func(fault) bool) {
		for _, f := range first {
			if f.how == killed && !yield(f) {
				return
			}
		}
	}); len(kills) < 250 {
		t.Errorf("%d of 500 are kills", len(kills))
	}
}
