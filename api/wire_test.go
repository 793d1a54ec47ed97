package api_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/api"
	"countersign/collaboration"
	"countersign/internal/eventually"
)

// reply is one answer on a connection.
type reply struct {
	*http.Response
	body string
}

// dial connects to a server, with the deadline of a test.
func dial(t *testing.T, base string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(eventually.Deadline))
	return c
}

// say sends text on a new connection, and reads all answers until the server closes it.
// After a text that may be incomplete, it closes its side of the connection.
func say(t *testing.T, base, text string, k kind) (answers []reply) {
	t.Helper()
	c := dial(t, base)
	go func() {
		_, _ = io.WriteString(c, text)
		if k == isBroken {
			_ = c.(*net.TCPConn).CloseWrite()
		}
	}()
	for r := bufio.NewReader(c); ; {
		got, err := http.ReadResponse(r, nil)
		if err != nil {
			return answers
		}
		body, _ := io.ReadAll(got.Body)
		answers = append(answers, reply{got, string(body)})
	}
}

// Two servers may parse an ambiguous request differently (request smuggling). The server
// therefore rejects it, or reads nothing after it.
func TestServer_RejectsRequestSmuggling(t *testing.T) {
	t.Parallel()
	w := newWorld()
	base, _, _ := serve(t, w.server(t), api.Shutdown{})
	const post = "POST /v1/activations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer nils-token\r\nContent-Type: application/json\r\n"
	const hidden = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, tt := range map[string]struct {
		text string
		want string
	}{
		"two requests":                  {"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "[200 200]"},
		"the same length twice":         {post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "[422 200]"},
		"a length and chunks":           {post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "[400]"},
		"chunks and a length":           {post + "Transfer-Encoding: chunked\r\nContent-Length: 100\r\n\r\n0\r\n\r\n", "[400]"},
		"chunks":                        {post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "[422]"},
		"chunks on a line of their own": {post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", "[400]"},
		"two lengths":                   {post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "[400]"},
		"a list of lengths":             {post + "Content-Length: 2, 2\r\n\r\n{}", "[400]"},
		"a length with a sign":          {post + "Content-Length: +2\r\n\r\n{}", "[400]"},
		"a length below zero":           {post + "Content-Length: -2\r\n\r\n{}", "[400]"},
		"another coding":                {post + "Transfer-Encoding: xchunked\r\n\r\n{}", "[501]"},
		"two codings":                   {post + "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n", "[501]"},
		"two codings apart":             {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", "[501]"},
		"chunks in HTTP/1.0":            {strings.Replace(post, "1.1", "1.0", 1) + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "[400]"},
		"a chunk without a length":      {post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", "[400]"},
		"a chunk longer than memory":    {post + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n", "[400]"},
		"a chunk's line without CR":     {post + "Transfer-Encoding: chunked\r\n\r\n2;a\n{}\r\n0\r\n\r\n", "[400]"},
		"a space before the colon":      {post + "Content-Length : 2\r\n\r\n{}", "[400]"},
		"NUL in a header":               {"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: b\x00c\r\n\r\n", "[400]"},
		"a bare CR in a header":         {"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: b\rContent-Length: 40\r\n\r\n", "[400]"},
		"a folded line":                 {"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: b\r\n Content-Length: 40\r\n\r\n", "[200 200]"},
		"a folded first line":           {"GET /healthz HTTP/1.1\r\n Host: x\r\n\r\n", "[400]"},
		"two hosts":                     {"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "[400]"},
		"no host":                       {"GET /healthz HTTP/1.1\r\n\r\n", "[400]"},
		"HTTP/1.0":                      {"GET /healthz HTTP/1.0\r\n\r\n", "[200]"},
		"HTTP/0.9":                      {"GET /healthz\r\n\r\n", "[400]"},
		"HTTP/2 out of the blue":        {"GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n", "[505]"},
		"an upgrade to HTTP/2":          {"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", "[200 200]"},
		"the address of another site":   {"GET http://evil.example/healthz HTTP/1.1\r\nHost: x\r\n\r\n", "[200 200]"},
		"a tunnel":                      {"CONNECT evil.example:80 HTTP/1.1\r\nHost: x\r\n\r\n", "[404 200]"},
		"no address":                    {"GET * HTTP/1.1\r\nHost: x\r\n\r\n", "[404 200]"},
		"an echo":                       {"TRACE /healthz HTTP/1.1\r\nHost: x\r\nX-A: secret\r\n\r\n", "[405 200]"},
		"something expected":            {post + "Content-Length: 2\r\nExpect: 200-ok\r\n\r\n{}", "[417]"},
		"headers without end":           {"GET /healthz HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-A: "+strings.Repeat("a", 1000)+"\r\n", 50) + "\r\n", "[431]"},
		"an address without end":        {"GET /" + strings.Repeat("a", 50_000) + " HTTP/1.1\r\nHost: x\r\n\r\n", "[431]"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []int
			for _, a := range say(t, base, tt.text+hidden, isBroken) {
				got = append(got, a.StatusCode)
				if strings.Contains(a.body, "secret") {
					t.Errorf("the answer repeats the request:\n%s", a.body)
				}
			}
			if fmt.Sprint(got) != tt.want {
				t.Errorf("%v, want %s", got, tt.want)
			}
		})
	}
	if w.changes() != 0 {
		t.Errorf("calls %v", w.calls)
	}
}

// Links, redirects and cookies do not depend on the Host header, which the client controls.
func TestServer_IgnoresHost(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, r := range p.s.Routes() {
		if r.Method != http.MethodGet {
			continue
		}
		p.renew()
		route, headers := r.Method+" "+r.Path, [][2]string{{"Host", ""}, {"X-Forwarded-Host", ""}, {"X-Original-Host", ""}, {"Forwarded", "host="}, {"X-Forwarded-Prefix", "/"}, {"X-Original-URL", "/"}}
		if strings.HasSuffix(r.Path, "/live") || strings.HasSuffix(r.Path, "/events") || strings.Contains(r.Path, "*") && !strings.HasPrefix(r.Path, "/assets") {
			continue // a stream lasts until its activation ends
		}
		request := httptest.NewRequest(r.Method, p.path(route), nil)
		for _, h := range headers {
			request.Header.Set(h[0], h[1]+"evil.example")
		}
		request.Host = "evil.example"
		request.Header.Set("Authorization", "Bearer maja-token")
		for _, who := range []string{"maja", "asa", ""} {
			v := openBrowser(t, p.s, address(who))
			request := request.Clone(t.Context())
			if who == "asa" {
				request.Header.Set("Authorization", "Bearer asa-token")
			}
			for name, value := range v.cookies {
				request.AddCookie(&http.Cookie{Name: name, Value: value})
			}
			got := httptest.NewRecorder()
			p.s.ServeHTTP(got, request)
			if strings.Contains(fmt.Sprint(got.Header()), "evil.example") || strings.Contains(got.Body.String(), "evil.example") {
				t.Errorf("%s for %q: %v\n%s", route, who, got.Header(), got.Body)
			}
		}
	}
}

// A slow client is disconnected at the limit of the server, not before.
func TestServer_CutsOffSlowClients(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		limit func(*http.Server) time.Duration
		say   string
	}{
		"says nothing":          {func(s *http.Server) time.Duration { return s.ReadHeaderTimeout }, ""},
		"goes on with headers":  {func(s *http.Server) time.Duration { return s.ReadHeaderTimeout }, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A:"},
		"does not end its body": {func(s *http.Server) time.Duration { return s.ReadTimeout }, "POST /approve/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\na=b"},
		"stays for nothing":     {func(s *http.Server) time.Duration { return s.IdleTimeout }, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"},
		"does not read":         {func(s *http.Server) time.Duration { return s.WriteTimeout }, "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.atOneMoment(t, func(t *testing.T) {
				server, c := w.pipe(t)
				began := time.Now()
				if _, err := io.WriteString(c, tt.say); err != nil {
					t.Fatal(err)
				}
				limit := tt.limit(server)
				if limit <= 0 || limit > 2*time.Minute {
					t.Errorf("the limit is %s", limit)
				}
				if name == "does not read" {
					time.Sleep(limit)
					synctest.Wait()
				}
				if _, err := io.Copy(io.Discard, c); err != nil { // until the server closes
					t.Errorf("still open: %v", err)
				}
				if after := time.Since(began); after < limit || after > limit+time.Second {
					t.Errorf("cut off after %s, the limit is %s", after, limit)
				}
			})
		})
	}
}

// A stream outlasts the timeouts of other answers.
func TestEventStream_OutlastsTimeouts(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.deps = func(d *api.Config) { d.Poll, d.Heartbeat = time.Second, 15*time.Second }
	w.atOneMoment(t, func(t *testing.T) {
		server, c := w.pipe(t)
		began, limit := time.Now(), max(server.ReadTimeout, server.WriteTimeout, server.IdleTimeout)
		fmt.Fprintf(c, "GET /v1/activations/%s/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer nils-token\r\n\r\n", id)
		for lines := bufio.NewScanner(c); ; {
			if !lines.Scan() {
				t.Fatalf("cut off after %s: %v", time.Since(began), lines.Err())
			}
			if strings.Contains(lines.Text(), "still here") && time.Since(began) > 2*limit {
				return
			}
		}
	})
}

// pipe serves one connection in memory, with the product's timeouts. The test runs with a
// fake clock, so the timeouts pass without waiting.
func (w *world) pipe(t *testing.T) (*http.Server, net.Conn) {
	t.Helper()
	server := w.server(t).HTTP()
	client, served := net.Pipe()
	l := &oneConnection{served: make(chan net.Conn, 1), closed: make(chan struct{})}
	l.served <- served
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Serve(l) }()
	t.Cleanup(func() { client.Close(); server.Close(); <-ended })
	return server, client
}

// oneConnection is a listener that accepts one connection.
type oneConnection struct {
	served chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *oneConnection) Accept() (net.Conn, error) {
	select {
	case c := <-l.served:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *oneConnection) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *oneConnection) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// endless is a body without end that counts the bytes read.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	e.read += len(b)
	return len(b), nil
}

func (e *endless) Close() error { return nil }

// No address reads more of a body than its limit, from any caller.
func TestBody_BoundsBytesRead(t *testing.T) {
	t.Parallel()
	most := map[string]int{"POST /v1/customers/import": 10 << 20, "POST /v1/batches": 2 << 20, "POST /v1/batches/csv": 2 << 20, "POST /webhooks/sendgrid": 1 << 20}
	p := newPlace(t)
	p.deps = func(d *api.Config) { d.MailEvents = noEvents{} }
	s := p.server(t)
	for _, r := range s.Routes() {
		if slices.Contains([]string{http.MethodGet, http.MethodHead}, r.Method) {
			continue
		}
		p.renew()
		route := r.Method + " " + r.Path
		body := &endless{}
		request := httptest.NewRequest(r.Method, p.path(route), body)
		request.ContentLength = -1
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if isJSON(route) {
			request.Header.Set("Content-Type", "application/json")
			if strings.HasSuffix(r.Path, "import") || strings.HasSuffix(r.Path, "csv") {
				request.Header.Set("Content-Type", "text/csv")
			}
		}
		who := "maja"
		if strings.Contains(r.Path, "collaborations") || strings.Contains(r.Path, "invitations") {
			who = "asa"
		}
		request.Header.Set("Authorization", "Bearer "+who+"-token")
		for name, value := range openBrowser(t, s, address(who)).cookies {
			request.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		got := httptest.NewRecorder()
		s.ServeHTTP(got, request)
		limit := max(most[route], 64<<10) + 64<<10 // plus the size of a buffer
		if body.read > limit || got.Code >= 500 {
			t.Errorf("%s: %d after %d bytes, the limit is %d", route, got.Code, body.read, limit)
		}
	}
}

type noEvents struct{}

func (noEvents) MaySign(http.Header) bool { return true }

func (noEvents) Read(http.Header, []byte) ([]collaboration.MailEvent, int, error) { return nil, 0, nil }
