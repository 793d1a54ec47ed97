package e2e_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// How the way to a part fails, while the part is well.
const (
	lagging    = "lagging"    // what is said comes late, now more and now less
	thin       = "thin"       // and little of it at a time
	stuttering = "stuttering" // and in shreds
	cut        = "cut off"    // the part does it, and the answer is lost with its connection
)

// toxics are what the proxy does to what is said, in which directions.
var toxics = map[string]struct {
	streams []string
	what    string
}{
	lagging:    {[]string{"upstream", "downstream"}, `"type": "latency", "attributes": {"latency": 150, "jitter": 120}`},
	thin:       {[]string{"upstream", "downstream"}, `"type": "bandwidth", "attributes": {"rate": 20}`},
	stuttering: {[]string{"upstream", "downstream"}, `"type": "slicer", "attributes": {"average_size": 80, "size_variation": 40, "delay": 5000}`},
	cut:        {[]string{"downstream"}, `"type": "reset_peer", "attributes": {}`},
}

// way is an address by which a part is reached, which fails when it is told to.
type way struct {
	t     *testing.T
	proxy *toxiproxy.Proxy
}

func openWay(t *testing.T, to string) *way {
	t.Helper()
	zerolog.SetGlobalLevel(zerolog.WarnLevel) // where the proxy loses what it should not
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	w := &way{t, toxiproxy.NewProxy(server, "", loopback(freePort(t)), to)}
	if err := w.proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.proxy.Stop)
	return w
}

func (w *way) address() string { return w.proxy.Listen }

// be makes it fail, on connections that it has as well.
func (w *way) be(how string) {
	w.t.Helper()
	for _, stream := range toxics[how].streams {
		if _, err := w.proxy.Toxics.AddToxicJson(strings.NewReader(`{"stream": "` + stream + `", ` + toxics[how].what + `}`)); err != nil {
			w.t.Errorf("%s: %v", how, err)
		}
	}
}

func (w *way) mend() { w.proxy.Toxics.ResetToxics(w.t.Context()) }

// throughProxies has every process reach what it needs by ways that can fail.
func (s *site) throughProxies() map[string]*way {
	s.t.Helper()
	temporal, postgres, redis := openWay(s.t, s.engine.address), openWay(s.t, s.postgres.Addr), openWay(s.t, s.redis.Addr)
	for _, p := range s.processes() {
		p.set("TEMPORAL_ADDRESS", temporal.address())
		p.set("COUNTERSIGN_DATABASE_URL", "postgres://postgres@"+postgres.address()+"/postgres?sslmode=disable")
		p.set("COUNTERSIGN_REDIS_URL", "redis://"+redis.address())
	}
	return map[string]*way{"Temporal": temporal, "PostgreSQL": postgres, "Redis": redis}
}

// A way fails on a connection that was there before, and is well again after it;
// nothing is lost on the way, unless it is cut off.
func TestAWayFailsAndIsMended(t *testing.T) {
	t.Parallel()
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	go func() {
		for {
			conn, err := echo.Accept()
			if err != nil {
				return
			}
			go func() { io.Copy(conn, conn); conn.Close() }()
		}
	}()
	said := strings.Repeat("what is said, ", 500) + "\n"
	for how, atLeast := range map[string]time.Duration{
		lagging: 2 * 30 * time.Millisecond, thin: 300 * time.Millisecond, stuttering: 250 * time.Millisecond, cut: 0,
	} {
		w := openWay(t, echo.Addr().String())
		conn, err := net.Dial("tcp", w.address())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(giveUp))
		answers := bufio.NewReader(conn)
		answer := func() (string, time.Duration) {
			began := time.Now()
			io.WriteString(conn, said)
			text, _ := answers.ReadString('\n') // what there is of it
			return text, time.Since(began)
		}
		if got, _ := answer(); got != said {
			t.Fatalf("before it is %s, %q comes back", how, got)
		}
		w.be(how)
		got, took := answer()
		if how == cut {
			if got != "" {
				t.Errorf("%s, it answers %q", how, got)
			}
			continue
		}
		if got != said || took < atLeast {
			t.Errorf("%s, %d of %d bytes come back within %s", how, len(got), len(said), took)
		}
		w.mend()
		if got, _ := answer(); got != said || len(w.proxy.Toxics.GetToxicArray()) != 0 {
			t.Errorf("%s no more, %d of %d bytes come back", how, len(got), len(said))
		}
	}
}

// Somebody who takes the time does what was asked for, and says so in the end.
func TestASlowServerAnswers(t *testing.T) {
	t.Parallel()
	done := make(chan time.Time, 1)
	m := openMoody(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, "yes")
		done <- time.Now()
	}))
	m.be(slow)
	response, err := http.Get(m.url)
	if err != nil {
		t.Fatal(err)
	}
	waited := time.Since(<-done)
	if got := text(t, response); response.StatusCode != http.StatusAccepted || got != "yes" || waited < takesItsTime {
		t.Errorf("%s after it was done, it answers %s %q", waited, response.Status, got)
	}
}
