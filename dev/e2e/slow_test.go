package e2e_test

import (
	"bufio"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// How the way to a part fails, while the part is well.
const (
	lagging    = "lagging"    // what is said comes late, now more and now less
	thin       = "thin"       // and little of it at a time
	stuttering = "stuttering" // and in shreds
	cut        = "cut off"    // the part does it, and the answer is lost with its connection
)

// way is an address by which a part is reached, which fails when it is told to.
type way struct {
	t    *testing.T
	at   net.Listener
	to   string
	how  atomic.Value // a string; empty while it is well
	done context.Context
}

func openWay(t *testing.T, to string) *way {
	t.Helper()
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done, end := context.WithCancel(context.Background())
	w := &way{t: t, at: at, to: to, done: done}
	w.mend()
	t.Cleanup(func() {
		end()
		at.Close()
	})
	go w.accept()
	return w
}

func (w *way) address() string { return w.at.Addr().String() }

// be makes it fail, on connections that it has as well.
func (w *way) be(how string) { w.how.Store(how) }

func (w *way) mend() { w.how.Store("") }

func (w *way) accept() {
	for {
		client, err := w.at.Accept()
		if err != nil {
			return
		}
		go w.connect(client.(*net.TCPConn))
	}
}

func (w *way) connect(client *net.TCPConn) {
	defer client.Close()
	conn, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	server := conn.(*net.TCPConn)
	defer server.Close()
	defer context.AfterFunc(w.done, func() { client.Close(); server.Close() })()
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		w.pass(client, server, w.say)
	}()
	w.pass(server, client, func(to *net.TCPConn, text []byte) bool {
		if w.how.Load() == cut {
			client.SetLinger(0) // as when the machine between them is gone
			client.Close()
			server.Close()
			return false
		}
		return w.say(to, text)
	})
	<-asked
}

// pass hands on what one side says, until it says no more or nobody listens.
func (w *way) pass(from, to *net.TCPConn, say func(*net.TCPConn, []byte) bool) {
	text := make([]byte, 16<<10)
	for {
		n, err := from.Read(text)
		if n > 0 && !say(to, text[:n]) {
			from.Close() // who still speaks shall know
			return
		}
		if err != nil {
			to.CloseWrite()
			return
		}
	}
}

// say says it as the way is now: a mended one does not keep anybody waiting.
func (w *way) say(to *net.TCPConn, text []byte) bool {
	for len(text) > 0 {
		n := len(text)
		switch w.how.Load() {
		case lagging:
			time.Sleep(30*time.Millisecond + rand.N(240*time.Millisecond))
		case thin: // 20 kilobytes in a second
			n = min(n, 1000)
			time.Sleep(50 * time.Millisecond)
		case stuttering:
			n = min(n, 40+rand.N(80))
			time.Sleep(5 * time.Millisecond)
		}
		if _, err := to.Write(text[:n]); err != nil {
			return false
		}
		text = text[n:]
	}
	return true
}

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
		if got, took := answer(); got != said || took >= atLeast {
			t.Errorf("%s no more, %d of %d bytes come back, within %s", how, len(got), len(said), took)
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
