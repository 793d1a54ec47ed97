package rehearsal_test

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

	"countersign/dev/harness"
	"countersign/internal/eventually"
	"countersign/internal/servertest"
)

// usage has resources with their unit, and how much of each a site uses.
type usage map[string]float64

func (m *meter) measureUsage() usage {
	m.s.T.Helper()
	u := usage{}
	must := func(err error) {
		m.s.T.Helper()
		if err != nil {
			m.s.T.Fatal(err)
		}
	}
	for _, p := range m.s.Processes() {
		metrics, err := metricsOf(p)
		must(err)
		u["heaps of the "+p.Role+"s, KiB"] += metrics["go_memstats_next_gc_bytes"] / 2 / kibibyte
		u["processor, ms: the "+p.Role+"s"] += metrics["process_cpu_seconds_total"] * 1000
	}
	for name, pid := range map[string]int{"Temporal": m.s.TemporalServer.Child.Command.Process.Pid, "PostgreSQL": m.s.Postgres.PID(), "Redis": m.s.Redis.PID()} {
		seconds, err := processorSeconds(pid)
		must(err)
		u["processor, ms: "+name] = seconds * 1000
	}
	must(m.measureServers(u))
	return u
}

func (m *meter) measureServers(u usage) error {
	ctx := m.s.T.Context()
	var database, log, transactions float64
	if err := m.db.QueryRowContext(ctx, `SELECT pg_database_size(current_database()), pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0'),
		(SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database())`).Scan(&database, &log, &transactions); err != nil {
		return err
	}
	info, err := m.redis.InfoMap(ctx, "memory").Result()
	if err != nil {
		return err
	}
	cached, err := strconv.ParseFloat(info["Memory"]["used_memory"], 64)
	if err != nil {
		return err
	}
	store, err := sizeOf(m.s.TemporalServer.Spec.Dir)
	u["PostgreSQL, KiB"], u["PostgreSQL's log, KiB"], u["PostgreSQL, transactions"] = database/kibibyte, log/kibibyte, transactions
	u["Redis, KiB"], u["Temporal's store, KiB"] = cached/kibibyte, store/kibibyte
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

// backendSeconds returns the processor time of the first worker, Temporal and
// PostgreSQL, which grows with the activations and not with rejected requests.
func backendSeconds(s *harness.Site) (seconds float64) {
	s.T.Helper()
	for _, pid := range []int{s.Workers[0].Command.Process.Pid, s.TemporalServer.Child.Command.Process.Pid, s.Postgres.PID()} {
		of, err := processorSeconds(pid)
		if err != nil {
			s.T.Fatal(err)
		}
		seconds += of
	}
	return seconds
}

// ticksPerSecond is the unit of processor times in /proc.
const ticksPerSecond = 100

// processorSeconds returns the processor time of a process and of its descendants,
// running or ended.
func processorSeconds(pid int) (seconds float64, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The command's name in parentheses may contain anything. The state and ten more
	// fields follow it, then the user and system times of the process and of its
	// ended children.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	for _, field := range fields[11:15] {
		n, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return 0, err
		}
		seconds += n / ticksPerSecond
	}
	for _, child := range servertest.Children(pid) {
		ofChild, err := processorSeconds(child)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // it has ended
			return 0, err
		}
		seconds += ofChild
	}
	return seconds, nil
}

// perActivation returns a table of the difference to an earlier usage, divided by
// the number of activations.
func (u usage) perActivation(before usage, activations int) string {
	var table strings.Builder
	table.WriteString("| of each activation | |\n| --- | --- |\n")
	for _, name := range slices.Sorted(maps.Keys(u)) {
		fmt.Fprintf(&table, "| %s | %.1f |\n", name, (u[name]-before[name])/float64(activations))
	}
	return table.String()
}

// The processor time of a process includes that of its children. A process that
// waits uses next to none while the others work.
func TestResourceUsage_CountsChildren(t *testing.T) {
	t.Parallel()
	const enough = .2
	waiting := startShell(t, "sleep 600 & wait")
	for name, script := range map[string]string{
		"a running child": "while :; do :; done & wait",
		"an ended child":  "(i=0; while [ $i -lt 1000000 ]; do i=$((i+1)); done); sleep 600",
	} {
		pid := startShell(t, script)
		eventually.OK(t, "the time of "+name+" is counted", func() error {
			seconds, err := processorSeconds(pid)
			if err == nil && seconds < enough {
				err = fmt.Errorf("it is %.2f s", seconds)
			}
			return err
		})
	}
	seconds, err := processorSeconds(waiting)
	if err != nil {
		t.Fatal(err)
	}
	if seconds >= enough {
		t.Errorf("a process that waits used %.2f s of processor time", seconds)
	}
}

// startShell runs a script until the end of the test.
func startShell(t *testing.T, script string) (pid int) {
	t.Helper()
	c := exec.Command("sh", "-c", script)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		c.Wait()
	})
	return c.Process.Pid
}
