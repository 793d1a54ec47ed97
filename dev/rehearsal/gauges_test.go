package rehearsal_test

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
	"countersign/dev/harness"
	"countersign/internal/servertest"
	"countersign/internal/temporalx"
)

// meter measures the resources of a site.
type meter struct {
	growth
	s        *harness.Site
	db       *sql.DB
	redis    *redis.Client
	temporal client.Client
	// poolSize is the number of database connections that the pools of all
	// processes may hold.
	poolSize float64
}

// redisPool is the number of Redis connections that a process may hold, the default
// of its client.
var redisPool = float64(10 * runtime.GOMAXPROCS(0))

func newMeter(s *harness.Site) *meter {
	s.T.Helper()
	db, err := sql.Open("pgx", servertest.As(s.Database, servertest.Superuser))
	if err != nil {
		s.T.Fatal(err)
	}
	m := &meter{s: s, db: db, redis: redis.NewClient(&redis.Options{Addr: s.Redis.Addr}), temporal: s.Office(s.T, 0).TemporalWithoutKeys()}
	s.T.Cleanup(func() {
		m.db.Close()
		m.redis.Close()
		m.temporal.Close()
	})
	return m
}

const (
	kibibyte = 1 << 10
	mebibyte = 1 << 20
)

// read measures everything once, and the timers of these workflow executions.
func (m *meter) read(executions []collaboration.ActivationID) error {
	m.poolSize = 0
	for n, p := range m.s.Processes() {
		if err := m.readProcess(fmt.Sprintf("%s %d", p.Role, n%2+1), p); err != nil {
			return fmt.Errorf("the %s: %w", p.Role, err)
		}
	}
	if err := m.readServers(); err != nil {
		return err
	}
	return m.readTimers(executions)
}

func (m *meter) readProcess(of string, p *harness.Process) error {
	metrics, err := metricsOf(p)
	if err != nil {
		return err
	}
	pid := p.Command.Process.Pid
	files, sockets, err := filesOf(pid)
	if err != nil {
		return err
	}
	resident, err := residentOf(pid)
	if err != nil {
		return err
	}
	const perExecution = 5 // goroutines of each workflow execution in a worker's cache
	m.take(gauge{of: of, what: "goroutines without those of workflow executions", few: 20, share: .1},
		metrics["go_goroutines"]-perExecution*metrics["temporal_sticky_cache_size"])
	// readServers counts the database's connections, at PostgreSQL.
	pooled := metrics["go_sql_open_connections"]
	m.poolSize += metrics["go_sql_max_open_connections"]
	m.take(gauge{of: of, what: "files", few: 10 + redisPool}, files-pooled)
	m.take(gauge{of: of, what: "connections", few: 10 + redisPool}, sockets-pooled)
	// The next garbage collection is due at twice the size that the last one left.
	// Unlike the heap's size, this does not rise and fall between collections.
	// A worker that renders receipts at the time of a garbage collection has 8 MiB more.
	m.take(gauge{of: of, what: "heap in use, MiB", few: 12, share: .1}, metrics["go_memstats_next_gc_bytes"]/2/mebibyte)
	m.take(gauge{of: of, what: "resident, MiB", few: 16, share: .15}, resident/mebibyte)
	if p.Role == "worker" {
		// An execution that another worker took over stays in the cache until it has
		// two thousand. Executions are short here, so they are few.
		m.take(gauge{of: of, what: "workflow executions in its cache", few: 40, share: .2}, metrics["temporal_sticky_cache_size"])
	}
	return nil
}

// metricsOf returns the metrics of a process, each summed over its labels.
func metricsOf(p *harness.Process) (map[string]float64, error) {
	response, err := http.Get(p.Admin + "/metrics")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	metrics := map[string]float64{}
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		name, _, _ := strings.Cut(lines.Text(), "{")
		name, _, _ = strings.Cut(name, " ")
		value, err := strconv.ParseFloat(lines.Text()[strings.LastIndex(lines.Text(), " ")+1:], 64)
		if err == nil {
			metrics[name] += value
		}
	}
	return metrics, lines.Err()
}

func filesOf(pid int) (files, sockets float64, err error) {
	open, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		return 0, 0, err
	}
	for _, file := range open {
		if to, err := os.Readlink(file); err == nil && strings.HasPrefix(to, "socket:") {
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
	ctx, cancel := context.WithTimeout(m.s.T.Context(), 10*time.Second)
	defer cancel()
	var connections float64
	if err := m.db.QueryRowContext(ctx, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'").Scan(&connections); err != nil {
		return err
	}
	m.take(gauge{of: "PostgreSQL", what: "connections", few: 10, pool: m.poolSize}, connections)
	info, err := m.redis.InfoMap(ctx, "clients", "keyspace").Result()
	if err != nil {
		return err
	}
	clients, err := strconv.ParseFloat(info["Clients"]["connected_clients"], 64)
	if err != nil {
		return err
	}
	m.take(gauge{of: "Redis", what: "clients", few: 10, pool: redisPool * float64(len(m.s.Processes()))}, clients)
	var keys, expires int
	_, err = fmt.Sscanf(info["Keyspace"]["db0"], "keys=%d,expires=%d", &keys, &expires)
	if err != nil {
		return fmt.Errorf("the keys of Redis: %w", err)
	}
	m.take(gauge{of: "Redis", what: "keys without expiry"}, float64(keys-expires))
	open, err := m.openExecutions(ctx)
	if err != nil {
		return err
	}
	m.take(gauge{of: "Temporal", what: "open workflow executions", few: 30, share: .2}, open)
	return nil
}

// openExecutions counts the open executions without the one that deletes old data, which
// never closes.
func (m *meter) openExecutions(ctx context.Context) (float64, error) {
	n, err := m.temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: "ExecutionStatus = 'Running' AND WorkflowType != '" + temporalx.RetentionWorkflowType + "'"})
	return float64(n.GetCount()), err
}

// readTimers counts the timers of workflow executions. Each execution waits for one
// event at a time, so an answered invitation must not leave a timer.
func (m *meter) readTimers(executions []collaboration.ActivationID) error {
	most := 0
	for _, id := range executions {
		ctx, cancel := context.WithTimeout(m.s.T.Context(), 10*time.Second)
		timers, err := m.timersOf(ctx, id)
		cancel()
		if err != nil {
			return err
		}
		if timers > 1 {
			m.s.T.Errorf("%s has %d timers", id, timers)
		}
		most = max(most, timers)
	}
	m.take(gauge{of: "Temporal", what: "timers of a workflow execution, at most"}, float64(most))
	return nil
}

// timersOf counts the running timers in a history.
func (m *meter) timersOf(ctx context.Context, id collaboration.ActivationID) (n int, err error) {
	history := m.temporal.GetWorkflowHistory(ctx, id.WorkflowID(), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
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
