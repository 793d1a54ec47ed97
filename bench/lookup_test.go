package bench_test

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	"countersign/internal/config"
	"countersign/internal/servertest"
)

// The ways to look a customer up, in the order of the table.
const (
	bare          = "bare Gin"
	bareRedis     = "bare go-redis"
	ourLookup     = "Countersign"
	bareTracking  = "bare go-redis, tracking"
	ourTracking   = "Countersign, tracking"
	barePostgres  = "PostgreSQL by primary key"
	lookupsAtOnce = 16
	// Turns are short, so that what disturbs one way disturbs all of them.
	turnsEach = 24
	turnTakes = 50 * time.Millisecond
)

var lookupWays = []string{bare, bareRedis, ourLookup, bareTracking, ourTracking, barePostgres}

// only is for a profile of one way.
var only = flag.String("lookup.only", "", "measure only this way to look a customer up")

// BenchmarkLookup has every way take its turn in every round.
func BenchmarkLookup(b *testing.B) {
	load := loadAverage()
	for range b.N {
		ways := openLookups(b)
		byClock, byCPU := map[string][]float64{}, map[string][]float64{}
		names := slices.Clone(lookupWays)
		if *only != "" {
			names = []string{*only}
		}
		for round := range *rounds + 1 { // the first warms up
			runtime.GC()
			done, took, cost := map[string]int64{}, map[string]time.Duration{}, map[string]time.Duration{}
			for range turnsEach {
				for _, name := range names {
					n, t, c := ways[name].ask(b)
					done[name], took[name], cost[name] = done[name]+n, took[name]+t, cost[name]+c
				}
				names = append(names[1:], names[0])
			}
			for name, n := range done {
				if round > 0 {
					byClock[name] = append(byClock[name], float64(n)/took[name].Seconds())
					byCPU[name] = append(byCPU[name], float64(n)/cost[name].Seconds())
				}
			}
		}
		table := lookupTable("lookups a second, 16 at once", byClock) + "\n" + lookupTable("lookups in a second of processor time", byCPU)
		if *write {
			writeResults(b, "LOOKUP.md", "Customer lookup", load, "\n"+table)
			continue
		}
		fmt.Println(table) // a benchmark's log is cut off
	}
}

// TestEveryLookup goes each way once: all of them answer with the same bytes.
func TestEveryLookup(t *testing.T) {
	ways := openLookups(t)
	want := ways[bare].get(t, 0)
	if !bytes.Contains(want, []byte(`"subscriptions"`)) {
		t.Fatalf("no customer: %s", want)
	}
	for _, name := range lookupWays {
		for n := range 3 { // with whatever is kept by then
			if got := ways[name].get(t, n); !bytes.Equal(got, want) {
				t.Errorf("%s answers\n%s, not\n%s", name, got, want)
			}
		}
	}
}

func lookupTable(what string, took map[string][]float64) string {
	var out strings.Builder
	out.WriteString("| | " + what + " | × bare Gin | × PostgreSQL by primary key |\n| --- | --- | --- | --- |\n")
	for _, name := range lookupWays {
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", name, spread(took[name], "/s"),
			spread(ratios(took[name], took[bare]), ""), spread(ratios(took[name], took[barePostgres]), ""))
	}
	return out.String()
}

// lookup is one way, asked over HTTP on connections that are kept. They are as
// cheap as can be: what asks is no part of what is measured.
type lookup struct {
	connections [lookupsAtOnce]*connection
	request     []byte
}

type connection struct {
	net.Conn
	read *bufio.Reader
}

func newLookup(b testing.TB, url string) *lookup {
	b.Helper()
	address := strings.TrimPrefix(url, "http://")
	l := &lookup{request: fmt.Appendf(nil, "GET /v1/customers/c-1003 HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", address, officeToken)}
	for n := range l.connections {
		conn, err := net.Dial("tcp", address)
		must(b, err)
		b.Cleanup(func() { conn.Close() })
		l.connections[n] = &connection{conn, bufio.NewReader(conn)}
	}
	return l
}

func (l *lookup) get(b testing.TB, n int) []byte {
	c := l.connections[n]
	if _, err := c.Write(l.request); err != nil {
		b.Error(err)
		return nil
	}
	response, err := http.ReadResponse(c.read, nil)
	if err != nil {
		b.Error(err)
		return nil
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		b.Errorf("%d, %v: %s", response.StatusCode, err, body)
	}
	return body
}

// self is the processor time of this process.
func self(b testing.TB) time.Duration {
	var usage syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// servers is that of all that this process has started, and of what those have; none
// where the system does not say.
func servers() time.Duration { return ofChildren(os.Getpid()) }

func ofChildren(pid int) (all time.Duration) {
	for _, child := range servertest.Children(pid) {
		schedule, _ := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", child)) // none of one that has ended meanwhile
		var onCPU int
		fmt.Sscan(string(schedule), &onCPU)
		all += time.Duration(onCPU) + ofChildren(child)
	}
	return all
}

// ask asks for one turn. What that costs is of the processor, wherever it was spent:
// other work on the machine is no part of it.
func (l *lookup) ask(b *testing.B) (n int64, took, cost time.Duration) {
	var done atomic.Int64
	others := servers()
	before, began := self(b), time.Now()
	inParallel(lookupsAtOnce, func(n int) {
		for time.Since(began) < turnTakes && !b.Failed() {
			l.get(b, n)
			done.Add(1)
		}
	})
	took, cost = time.Since(began), self(b)-before
	return done.Load(), took, cost + servers() - others
}

// openLookups opens every way. The bare ones answer with what ours does.
func openLookups(b testing.TB) map[string]*lookup {
	b.Helper()
	ways := map[string]*lookup{}
	for name, tracking := range map[string]string{ourLookup: "false", ourTracking: "true"} {
		s := openSite(b, nil, 0, setting{config.Prefix + "REDIS_TRACKING", tracking})
		ways[name] = newLookup(b, s.office.URL)
	}
	answer := ways[ourLookup].get(b, 0)
	for name, read := range map[string]func(context.Context) ([]byte, error){
		bare:         func(context.Context) ([]byte, error) { return answer, nil },
		bareRedis:    fromRedis(b, answer, nil),
		bareTracking: fromRedis(b, answer, &redis.ClientSideCacheConfig{MaxEntries: 10_000}),
		barePostgres: fromPostgres(b, answer),
	} {
		ways[name] = newLookup(b, serveBare(b, read))
	}
	return ways
}

func serveBare(b testing.TB, read func(context.Context) ([]byte, error)) string {
	b.Helper()
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.GET("/v1/customers/:id", func(c *gin.Context) {
		body, err := read(c.Request.Context())
		if err != nil {
			c.Status(http.StatusInternalServerError)
			return
		}
		c.Data(http.StatusOK, "application/json", body)
	})
	server := httptest.NewServer(router)
	b.Cleanup(server.Close)
	return server.URL
}

func fromRedis(b testing.TB, answer []byte, tracking *redis.ClientSideCacheConfig) func(context.Context) ([]byte, error) {
	b.Helper()
	client := redis.NewClient(&redis.Options{Addr: servertest.Redis(b), ClientSideCacheConfig: tracking})
	b.Cleanup(func() { client.Close() })
	must(b, client.Set(b.Context(), "c-1003", answer, 0).Err())
	return func(ctx context.Context) ([]byte, error) { return client.Get(ctx, "c-1003").Bytes() }
}

func fromPostgres(b testing.TB, answer []byte) func(context.Context) ([]byte, error) {
	b.Helper()
	db, err := sql.Open("pgx", servertest.Postgres(b))
	must(b, err)
	b.Cleanup(func() { db.Close() })
	db.SetMaxIdleConns(lookupsAtOnce)
	_, err = db.ExecContext(b.Context(), "CREATE TABLE answers (id TEXT PRIMARY KEY, answer BYTEA NOT NULL)")
	must(b, err)
	_, err = db.ExecContext(b.Context(), "INSERT INTO answers VALUES ('c-1003', $1)", answer)
	must(b, err)
	return func(ctx context.Context) (body []byte, err error) {
		err = db.QueryRowContext(ctx, "SELECT answer FROM answers WHERE id = $1", "c-1003").Scan(&body)
		return body, err
	}
}
