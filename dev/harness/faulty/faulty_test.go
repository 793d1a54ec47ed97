package faulty_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/dev/harness/faulty"
	"countersign/internal/eventually"
)

// The fault applies to an existing connection and ends with Heal. All faults except
// the connection loss deliver every byte.
func TestNetwork_FailsAndHeals(t *testing.T) {
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
	sent := strings.Repeat("some content, ", 500) + "\n"
	for fault, atLeast := range map[string]time.Duration{
		faulty.Latency: 2 * 30 * time.Millisecond, faulty.LowBandwidth: 300 * time.Millisecond, faulty.Fragmentation: 250 * time.Millisecond, faulty.ConnectionLoss: 0,
	} {
		w := faulty.StartNetwork(t, echo.Addr().String())
		conn, err := net.Dial("tcp", w.Address())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(eventually.Deadline))
		answers := bufio.NewReader(conn)
		answer := func() (string, time.Duration) {
			began := time.Now()
			io.WriteString(conn, sent)
			text, _ := answers.ReadString('\n') // after an error, the part that arrived
			return text, time.Since(began)
		}
		if got, _ := answer(); got != sent {
			t.Fatalf("before %s, the echo is %q", fault, got)
		}
		w.SetFault(fault)
		got, took := answer()
		if fault == faulty.ConnectionLoss {
			if got != "" {
				t.Errorf("with %s, the echo is %q, want none", fault, got)
			}
			continue
		}
		if got != sent || took < atLeast {
			t.Errorf("with %s, %d of %d bytes return after %s, want all after at least %s", fault, len(got), len(sent), took, atLeast)
		}
		w.Heal()
		if got, took := answer(); got != sent || took >= atLeast {
			t.Errorf("after %s, %d of %d bytes return after %s, want all before %s", fault, len(got), len(sent), took, atLeast)
		}
	}
}

// A slow server handles the request first and sends the response after the delay.
func TestServer_RespondsLate(t *testing.T) {
	t.Parallel()
	done := make(chan time.Time, 1)
	m := faulty.StartServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, "yes")
		done <- time.Now()
	}))
	m.SetFault(faulty.Slow)
	response, err := http.Get(m.URL)
	if err != nil {
		t.Fatal(err)
	}
	waited := time.Since(<-done)
	got, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil || response.StatusCode != http.StatusAccepted || string(got) != "yes" || waited < faulty.SlowResponse {
		t.Errorf("%s after it handled the request, the server responds with %s %q", waited, response.Status, got)
	}
}
