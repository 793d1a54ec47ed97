package e2e_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/internal/servertest"
)

// weight is what activations cost, by what it is of, and in what it is told.
type weight map[string]float64

func (m *meter) weigh() weight {
	m.s.t.Helper()
	w := weight{}
	must := func(err error) {
		m.s.t.Helper()
		if err != nil {
			m.s.t.Fatal(err)
		}
	}
	for _, p := range m.s.processes() {
		told, err := metricsOf(p)
		must(err)
		w["heaps of the "+p.role+"s, KiB"] += told["go_memstats_next_gc_bytes"] / 2 / kilo
		w["processor, ms: the "+p.role+"s"] += told["process_cpu_seconds_total"] * 1000
	}
	for what, pid := range map[string]int{"Temporal": m.s.engine.running.command.Process.Pid, "PostgreSQL": m.s.postgres.PID(), "Redis": m.s.redis.PID()} {
		seconds, err := onProcessor(pid)
		must(err)
		w["processor, ms: "+what] = seconds * 1000
	}
	must(m.weighServers(w))
	return w
}

const kilo = 1 << 10

func (m *meter) weighServers(w weight) error {
	ctx := m.s.t.Context()
	var facts, log, transactions float64
	if err := m.facts.QueryRowContext(ctx, `SELECT pg_database_size(current_database()), pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0'),
		(SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database())`).Scan(&facts, &log, &transactions); err != nil {
		return err
	}
	told, err := m.redis.InfoMap(ctx, "memory").Result()
	if err != nil {
		return err
	}
	cached, err := strconv.ParseFloat(told["Memory"]["used_memory"], 64)
	if err != nil {
		return err
	}
	store, err := sizeOf(m.s.engine.order.Dir)
	w["PostgreSQL, KiB"], w["PostgreSQL's log, KiB"], w["PostgreSQL, transactions"] = facts/kilo, log/kilo, transactions
	w["Redis, KiB"], w["Temporal's store, KiB"] = cached/kilo, store/kilo
	return err
}

func sizeOf(folder string) (bytes float64, err error) {
	err = filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			bytes += float64(info.Size())
		}
		return err
	})
	return bytes, err
}

// ticks are what the system counts a second of a processor in.
const ticks = 100

// onProcessor is how many seconds a process has had of a processor, with what it has
// started, running or over.
func onProcessor(pid int) (seconds float64, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name may hold anything. After it come the state and ten more, then the time in
	// the program, in the system, and both of the children that are over.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	for _, field := range fields[11:15] {
		n, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return 0, err
		}
		seconds += n / ticks
	}
	for _, child := range servertest.Children(pid) {
		spent, err := onProcessor(child)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // it is over
			return 0, err
		}
		seconds += spent
	}
	return seconds, nil
}

// each is what each of n cost since it was weighed before.
func (w weight) each(before weight, n int) string {
	var table strings.Builder
	table.WriteString("| of each | |\n| --- | --- |\n")
	for _, what := range slices.Sorted(maps.Keys(w)) {
		fmt.Fprintf(&table, "| %s | %.1f |\n", what, (w[what]-before[what])/float64(n))
	}
	return table.String()
}

// What a process has started counts, running or over; waiting costs nothing.
func TestProcessorTimeIsSeen(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		script string
		works  bool
		within time.Duration
	}{
		"a child that runs":    {"while :; do :; done & wait", true, giveUp},
		"a child that is over": {"(i=0; while [ $i -lt 1000000 ]; do i=$((i+1)); done); sleep 60", true, giveUp},
		"waits":                {"sleep 60 & wait", false, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := exec.Command("sh", "-c", tt.script)
			c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
				c.Wait()
			})
			const enough = .2
			spent := 0.
			for end := time.Now().Add(tt.within); spent < enough && time.Now().Before(end); time.Sleep(again) {
				var err error
				if spent, err = onProcessor(c.Process.Pid); err != nil {
					t.Fatal(err)
				}
			}
			if (spent >= enough) != tt.works {
				t.Errorf("%.2f seconds", spent)
			}
		})
	}
}
