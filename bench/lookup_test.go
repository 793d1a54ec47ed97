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

// The implementations of a customer lookup, in the order of the table.
const (
	ginHandler              = "bare Gin"
	ginWithRedis            = "bare go-redis"
	countersign             = "Countersign"
	countersignWithoutRedis = "Countersign without Redis"
	ginWithPostgres         = "PostgreSQL by primary key"
)

const (
	concurrentLookups = 16
	// Turns are short, so that a disturbance affects every implementation.
	turnsPerRound = 24
	turnDuration  = 50 * time.Millisecond
)

var lookupNames = []string{ginHandler, ginWithRedis, countersign, countersignWithoutRedis, ginWithPostgres}

// onlyLookup selects one implementation for a profile.
var onlyLookup = flag.String("lookup.only", "", "measure only this implementation of a customer lookup")

// BenchmarkLookup measures the implementations in turns, all of them in every round.
func BenchmarkLookup(b *testing.B) {
	load := loadAverage()
	for range b.N {
		lookups := openLookups(b)
		byClock, byCPU := map[string][]float64{}, map[string][]float64{}
		names := slices.Clone(lookupNames)
		if *onlyLookup != "" {
			names = []string{*onlyLookup}
		}
		for round := range *rounds + 1 { // the first warms up
			runtime.GC()
			done, took, cost := map[string]int64{}, map[string]time.Duration{}, map[string]time.Duration{}
			for range turnsPerRound {
				for _, name := range names {
					n, t, c := lookups[name].measureTurn(b)
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

// All implementations answer with the same bytes.
func TestLookups_AnswerAlike(t *testing.T) {
	t.Parallel()
	lookups := openLookups(t)
	want := lookups[ginHandler].get(t, 0)
	if !bytes.Contains(want, []byte(`"subscriptions"`)) {
		t.Fatalf("no customer: %s", want)
	}
	for _, name := range lookupNames {
		for n := range 3 { // the later ones may be cached
			if got := lookups[name].get(t, n); !bytes.Equal(got, want) {
				t.Errorf("%s answers\n%s, not\n%s", name, got, want)
			}
		}
	}
}

func lookupTable(what string, took map[string][]float64) string {
	var out strings.Builder
	out.WriteString("| | " + what + " | × bare Gin | × PostgreSQL by primary key |\n| --- | --- | --- | --- |\n")
	for _, name := range lookupNames {
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", name, spread(took[name], "/s"),
			spread(ratios(took[name], took[ginHandler]), ""), spread(ratios(took[name], took[ginWithPostgres]), ""))
	}
	return out.String()
}

// lookup calls one implementation over HTTP with kept connections. It is as cheap as
// possible, because its cost is part of the figures.
type lookup struct {
	// connections are opened by their first request: the API closes a connection that
	// is idle for a few seconds.
	connections [concurrentLookups]*connection
	address     string
	request     []byte
}

type connection struct {
	net.Conn
	read *bufio.Reader
}

func newLookup(b testing.TB, url string) *lookup {
	b.Helper()
	address := strings.TrimPrefix(url, "http://")
	return &lookup{address: address, request: fmt.Appendf(nil, "GET /v1/customers/c-1003 HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", address, officeToken)}
}

// connection returns the n-th connection, which one goroutine uses at a time.
func (l *lookup) connection(b testing.TB, n int) (*connection, error) {
	if l.connections[n] == nil {
		conn, err := net.Dial("tcp", l.address)
		if err != nil {
			return nil, err
		}
		b.Cleanup(func() { conn.Close() })
		l.connections[n] = &connection{conn, bufio.NewReader(conn)}
	}
	return l.connections[n], nil
}

func (l *lookup) get(b testing.TB, n int) []byte {
	c, err := l.connection(b, n)
	if err != nil {
		b.Error(err)
		return nil
	}
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

// ownCPUTime returns the processor time of this process.
func ownCPUTime(b testing.TB) time.Duration {
	var usage syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// serversCPUTime returns the processor time of all descendants of this process. It is
// zero on systems without /proc.
func serversCPUTime() time.Duration { return childrenCPUTime(os.Getpid()) }

func childrenCPUTime(pid int) (all time.Duration) {
	for _, child := range servertest.Children(pid) {
		schedule, _ := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", child)) // empty if the child has ended
		var onCPU int
		fmt.Sscan(string(schedule), &onCPU)
		all += time.Duration(onCPU) + childrenCPUTime(child)
	}
	return all
}

// measureTurn sends requests for one turn. The cost is processor time of this process
// and its servers, so other work on the machine is not part of it.
func (l *lookup) measureTurn(b *testing.B) (n int64, took, cost time.Duration) {
	var done atomic.Int64
	servers := serversCPUTime()
	before, began := ownCPUTime(b), time.Now()
	inParallel(concurrentLookups, func(n int) {
		for time.Since(began) < turnDuration && !b.Failed() {
			l.get(b, n)
			done.Add(1)
		}
	})
	took, cost = time.Since(began), ownCPUTime(b)-before
	return done.Load(), took, cost + serversCPUTime() - servers
}

// openLookups starts every implementation. The bare ones return Countersign's answer.
func openLookups(b testing.TB) map[string]*lookup {
	b.Helper()
	lookups := map[string]*lookup{
		countersign:             newLookup(b, openSite(b, nil, 0).office.URL),
		countersignWithoutRedis: newLookup(b, openSite(b, nil, 0, setting{config.Prefix + "REDIS_URL", ""}).office.URL),
	}
	answer := lookups[countersign].get(b, 0)
	for name, read := range map[string]func(context.Context) ([]byte, error){
		ginHandler:      func(context.Context) ([]byte, error) { return answer, nil },
		ginWithRedis:    fromRedis(b, answer),
		ginWithPostgres: fromPostgres(b, answer),
	} {
		lookups[name] = newLookup(b, serveGin(b, read))
	}
	return lookups
}

func serveGin(b testing.TB, read func(context.Context) ([]byte, error)) string {
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

func fromRedis(b testing.TB, answer []byte) func(context.Context) ([]byte, error) {
	b.Helper()
	client := redis.NewClient(&redis.Options{Addr: servertest.Redis(b)})
	b.Cleanup(func() { client.Close() })
	must(b, client.Set(b.Context(), "c-1003", answer, 0).Err())
	return func(ctx context.Context) ([]byte, error) { return client.Get(ctx, "c-1003").Bytes() }
}

func fromPostgres(b testing.TB, answer []byte) func(context.Context) ([]byte, error) {
	b.Helper()
	db, err := sql.Open("pgx", servertest.As(servertest.Postgres(b), servertest.Owner))
	must(b, err)
	b.Cleanup(func() { db.Close() })
	db.SetMaxIdleConns(concurrentLookups)
	_, err = db.ExecContext(b.Context(), "CREATE TABLE answers (id TEXT PRIMARY KEY, answer BYTEA NOT NULL)")
	must(b, err)
	_, err = db.ExecContext(b.Context(), "INSERT INTO answers VALUES ('c-1003', $1)", answer)
	must(b, err)
	return func(ctx context.Context) (body []byte, err error) {
		err = db.QueryRowContext(ctx, "SELECT answer FROM answers WHERE id = $1", "c-1003").Scan(&body)
		return body, err
	}
}
