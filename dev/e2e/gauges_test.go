package e2e_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"countersign/collaboration"
)

// meter measures what of a site must not grow.
type meter struct {
	growth
	s      *site
	facts  *sql.DB
	redis  *redis.Client
	engine client.Client
	most   float64 // connections that the pools of all processes may hold to the database
}

// redisPool is how many connections a process may hold to Redis: its client's default.
var redisPool = float64(10 * runtime.GOMAXPROCS(0))

func newMeter(s *site) *meter {
	s.t.Helper()
	facts, err := sql.Open("pgx", s.database)
	if err != nil {
		s.t.Fatal(err)
	}
	m := &meter{s: s, facts: facts, redis: redis.NewClient(&redis.Options{Addr: s.redis.Addr}), engine: s.office(s.t, 0).plainEngine()}
	s.t.Cleanup(func() {
		m.facts.Close()
		m.redis.Close()
		m.engine.Close()
	})
	return m
}

// mega is in which memory is told.
const mega = 1 << 20

// read measures everything once.
func (m *meter) read(open []collaboration.ActivationID) error {
	m.most = 0
	for n, p := range m.s.processes() {
		if err := m.readProcess(fmt.Sprintf("%s %d", p.role, n%2+1), p); err != nil {
			return fmt.Errorf("the %s: %w", p.role, err)
		}
	}
	if err := m.readServers(); err != nil {
		return err
	}
	return m.readTimers(open)
}

func (m *meter) readProcess(of string, p *process) error {
	told, err := metricsOf(p)
	if err != nil {
		return err
	}
	pid := p.command.Process.Pid
	files, sockets, err := filesOf(pid)
	if err != nil {
		return err
	}
	resident, err := residentOf(pid)
	if err != nil {
		return err
	}
	const ofRun = 5 // goroutines of each run that a worker knows by heart
	m.take(gauge{of: of, what: "goroutines beside those of runs", few: 20, share: .1}, told["go_goroutines"]-ofRun*told["temporal_sticky_cache_size"])
	// The database's pool is counted where its end is.
	pooled := told["go_sql_open_connections"]
	m.most += told["go_sql_max_open_connections"]
	m.take(gauge{of: of, what: "files", few: 10 + redisPool}, files-pooled)
	m.take(gauge{of: of, what: "connections", few: 10 + redisPool}, sockets-pooled)
	// The next collection is due at twice what the last one left: that has no saw.
	m.take(gauge{of: of, what: "heap in use, MiB", few: 4, share: .1}, told["go_memstats_next_gc_bytes"]/2/mega)
	m.take(gauge{of: of, what: "resident, MiB", few: 16, share: .15}, resident/mega)
	if p.role == "worker" {
		// Runs that this worker knows by heart: those of which another one took over
		// stay until there are two thousand. Lives are short here, so they are few.
		m.take(gauge{of: of, what: "runs in its cache", few: 40, share: .2}, told["temporal_sticky_cache_size"])
	}
	return nil
}

// metricsOf adds up what a process tells of itself, over all labels.
func metricsOf(p *process) (map[string]float64, error) {
	response, err := http.Get(p.admin + "/metrics")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	told := map[string]float64{}
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		name, _, _ := strings.Cut(lines.Text(), "{")
		name, _, _ = strings.Cut(name, " ")
		value, err := strconv.ParseFloat(lines.Text()[strings.LastIndex(lines.Text(), " ")+1:], 64)
		if err == nil {
			told[name] += value
		}
	}
	return told, lines.Err()
}

func filesOf(pid int) (files, sockets float64, err error) {
	open, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		return 0, 0, err
	}
	for _, one := range open {
		if to, err := os.Readlink(one); err == nil && strings.HasPrefix(to, "socket:") {
			sockets++
		}
	}
	return float64(len(open)), sockets, nil
}

func residentOf(pid int) (bytes float64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	_, err = fmt.Sscanf(rest, "%f kB", &bytes)
	return bytes * 1024, err
}

func (m *meter) readServers() error {
	ctx, cancel := context.WithTimeout(m.s.t.Context(), 10*time.Second)
	defer cancel()
	var connections float64
	if err := m.facts.QueryRowContext(ctx, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'").Scan(&connections); err != nil {
		return err
	}
	m.take(gauge{of: "PostgreSQL", what: "connections", few: 10, pool: m.most}, connections)
	told, err := m.redis.InfoMap(ctx, "clients", "keyspace").Result()
	if err != nil {
		return err
	}
	clients, err := strconv.ParseFloat(told["Clients"]["connected_clients"], 64)
	if err != nil {
		return err
	}
	m.take(gauge{of: "Redis", what: "clients", few: 10, pool: redisPool * float64(len(m.s.processes()))}, clients)
	var keys, expires int
	_, err = fmt.Sscanf(told["Keyspace"]["db0"], "keys=%d,expires=%d", &keys, &expires)
	if err != nil {
		return fmt.Errorf("the keys of Redis: %w", err)
	}
	m.take(gauge{of: "Redis", what: "keys that never expire"}, float64(keys-expires))
	runs, err := m.openRuns(ctx)
	if err != nil {
		return err
	}
	m.take(gauge{of: "Temporal", what: "open runs", few: 30, share: .2}, runs)
	return nil
}

func (m *meter) openRuns(ctx context.Context) (float64, error) {
	n, err := m.engine.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: "ExecutionStatus = 'Running'"})
	return float64(n.GetCount()), err
}

// readTimers looks at runs that are open. Each waits for one thing at a time, so
// that an answered invitation has left no timer.
func (m *meter) readTimers(open []collaboration.ActivationID) error {
	most := 0
	for _, id := range open {
		ctx, cancel := context.WithTimeout(m.s.t.Context(), 10*time.Second)
		timers, err := m.timersOf(ctx, id)
		cancel()
		if err != nil {
			return err
		}
		if timers > 1 {
			m.s.t.Errorf("%s has %d timers", id, timers)
		}
		most = max(most, timers)
	}
	m.take(gauge{of: "Temporal", what: "timers of a run, at most"}, float64(most))
	return nil
}

// timersOf counts those that are under way, as the history says.
func (m *meter) timersOf(ctx context.Context, id collaboration.ActivationID) (n int, err error) {
	history := m.engine.GetWorkflowHistory(ctx, id.WorkflowID(), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		event, err := history.Next()
		if err != nil {
			return 0, err
		}
		switch event.GetEventType() {
		case enums.EVENT_TYPE_TIMER_STARTED:
			n++
		case enums.EVENT_TYPE_TIMER_FIRED, enums.EVENT_TYPE_TIMER_CANCELED:
			n--
		}
	}
	return n, nil
}
