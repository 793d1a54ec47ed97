package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/client"
)

// received is a request to the fake API.
type received struct {
	line, body string
	header     http.Header
}

// startAPI starts an API that uses the responses in order and repeats the last one. It
// records the requests.
func startAPI(t *testing.T, responses ...http.HandlerFunc) (*client.Client, *[]received) {
	t.Helper()
	var got []received
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, receive(r))
		responses[min(len(got), len(responses))-1](w, r)
	}))
	t.Cleanup(server.Close)
	return &client.Client{URL: server.URL + "/", Token: "secret", Language: "sv"}, &got
}

// withFakeTime runs a test in a synctest bubble, with an API that needs no network. Waits
// take fake time only.
func withFakeTime(t *testing.T, responses []http.HandlerFunc, test func(t *testing.T, c *client.Client, got *[]received)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var got []received
		api := transport(func(w http.ResponseWriter, r *http.Request) {
			got = append(got, receive(r))
			responses[min(len(got), len(responses))-1](w, r)
		})
		test(t, &client.Client{URL: "http://api.example/", Token: "secret", Language: "sv", HTTP: &http.Client{Transport: api}}, &got)
	})
}

// transport serves requests with a handler.
type transport http.HandlerFunc

func (h transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	served := r.Clone(r.Context())
	if served.RequestURI = r.URL.RequestURI(); served.Body == nil {
		served.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	h(w, served)
	return w.Result(), nil
}

func receive(r *http.Request) received {
	body, _ := io.ReadAll(r.Body)
	return received{r.Method + " " + r.RequestURI, string(body), r.Header}
}

func respondWith(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
}

func failWith(status int, code, retryAfter string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		writeProblem(w, status, fmt.Sprintf(`{"type":"urn:countersign:problem:%s","title":"No.","status":%d,"code":%q}`, code, status, code))
	}
}

func eventMessage(n int, text string) string {
	return fmt.Sprintf("event: step\nid: %d\ndata: {\"sequence\":%d,\"text\":%q}\n\n", n, n, text)
}

func TestRequest_HasHeadersAndBody(t *testing.T) {
	t.Parallel()
	c, got := startAPI(t, respondWith(`{"id":"a","state":"active","generation":1,"links":{}}`))
	no := false
	var raw []byte
	status, err := c.ChangeActivation(t.Context(), "a/b?c", client.ChangeRequest{RemindersPaused: &no}, client.IfVersion(7), client.Raw(&raw))
	if err != nil || status.State != client.StateActive || !json.Valid(raw) {
		t.Fatalf("%+v, %v, %s", status, err, raw)
	}
	r := (*got)[0]
	if r.line != "PATCH /v1/activations/a%2Fb%3Fc" || r.body != `{"reminders_paused":false}` {
		t.Errorf("sent %s %s", r.line, r.body)
	}
	for name, want := range map[string]string{"Authorization": "Bearer secret", "Accept-Language": "sv", "Content-Type": "application/json", "If-Match": `"7"`} {
		if r.header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, r.header.Get(name), want)
		}
	}
}

func TestRequest_OmitsZeroParameters(t *testing.T) {
	t.Parallel()
	c, got := startAPI(t, respondWith(`{"items":[]}`))
	if _, err := c.ListActivations(t.Context(), client.ListActivationsQuery{State: []client.State{client.StateActive, client.StateEnded}, Limit: 7}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ListActivations(t.Context(), client.ListActivationsQuery{}); err != nil {
		t.Fatal(err)
	}
	if a, b := (*got)[0].line, (*got)[1].line; a != "GET /v1/activations?limit=7&state=active&state=ended" || b != "GET /v1/activations" {
		t.Errorf("%s, %s", a, b)
	}
}

// The client retries idempotent requests only, with the same key, after Retry-After.
func TestRetry_RepeatsIdempotentRequests(t *testing.T) {
	t.Parallel()
	withdraw := func(ctx context.Context, c *client.Client) error {
		_, err := c.WithdrawActivation(ctx, "a")
		return err
	}
	read := func(ctx context.Context, c *client.Client) error { _, err := c.GetActivation(ctx, "a"); return err }
	logo := func(ctx context.Context, c *client.Client) error {
		_, err := c.PutOfficeLogo(ctx, strings.NewReader("x"))
		return err
	}
	batch := func(ctx context.Context, c *client.Client) error {
		_, err := c.AddBatchFile(ctx, client.AddBatchFileQuery{}, strings.NewReader("customer_id\n"))
		return err
	}
	success := respondWith(`{"id":"a"}`)
	for name, tt := range map[string]struct {
		do        func(context.Context, *client.Client) error
		attempts  int
		responses []http.HandlerFunc
		sent      int
		code      client.Code
	}{
		"GET":              {read, 0, []http.HandlerFunc{failWith(503, "unavailable", "1"), success}, 2, ""},
		"POST with key":    {withdraw, 0, []http.HandlerFunc{failWith(429, "rate_limited", "1"), success}, 2, ""},
		"file with key":    {batch, 0, []http.HandlerFunc{failWith(503, "unavailable", "1"), success}, 2, ""},
		"three attempts":   {withdraw, 0, []http.HandlerFunc{failWith(503, "unavailable", "1")}, 3, client.CodeUnavailable},
		"one attempt":      {withdraw, 1, []http.HandlerFunc{failWith(503, "unavailable", "1")}, 1, client.CodeUnavailable},
		"file without key": {logo, 0, []http.HandlerFunc{failWith(503, "unavailable", "1")}, 1, client.CodeUnavailable},
		"no Retry-After":   {read, 0, []http.HandlerFunc{failWith(503, "unavailable", "")}, 1, client.CodeUnavailable},
		"long Retry-After": {read, 0, []http.HandlerFunc{failWith(503, "unavailable", "3600")}, 1, client.CodeUnavailable},
		"unknown outcome":  {withdraw, 0, []http.HandlerFunc{failWith(202, "outcome_unknown", "1")}, 1, client.CodeOutcomeUnknown},
		"permanent error":  {read, 0, []http.HandlerFunc{failWith(404, "activation_not_found", "")}, 1, client.CodeActivationNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, tt.responses, func(t *testing.T, c *client.Client, got *[]received) {
				c.Attempts = tt.attempts
				start := time.Now()
				if err := tt.do(t.Context(), c); client.CodeOf(err) != tt.code || (err == nil) != (tt.code == "") {
					t.Errorf("%v", err)
				}
				if len(*got) != tt.sent {
					t.Fatalf("sent %d times, want %d", len(*got), tt.sent)
				}
				if waited, want := time.Since(start), time.Duration(tt.sent-1)*time.Second; waited != want {
					t.Errorf("the client waited %s, want %s", waited, want)
				}
				for _, r := range *got {
					if first := (*got)[0]; r.body != first.body || r.header.Get("Idempotency-Key") != first.header.Get("Idempotency-Key") {
						t.Errorf("%+v does not repeat %+v", r, first)
					}
				}
			})
		})
	}
}

// Without time for the retry, the client returns the error immediately.
func TestRetry_RespectsDeadline(t *testing.T) {
	t.Parallel()
	withFakeTime(t, []http.HandlerFunc{failWith(503, "unavailable", "30")}, func(t *testing.T, c *client.Client, got *[]received) {
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
		defer stop()
		start := time.Now()
		if _, err := c.GetActivation(ctx, "a"); client.CodeOf(err) != client.CodeUnavailable || len(*got) != 1 || time.Since(start) != 0 {
			t.Errorf("%v after %v, %d requests", err, time.Since(start), len(*got))
		}
	})
}

func TestBatchRows_ReadsAllPages(t *testing.T) {
	t.Parallel()
	c, got := startAPI(t, respondWith(`{"items":[{"line":2},{"line":3}],"next":"3"}`), respondWith(`{"items":[{"line":4}]}`))
	var lines []int
	for row, err := range c.BatchRows(t.Context(), "b-1", client.ListBatchRowsQuery{Result: client.BatchRowResultRefused}) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, row.Line)
	}
	if !slices.Equal(lines, []int{2, 3, 4}) || (*got)[1].line != "GET /v1/batches/b-1/rows?cursor=3&result=refused" {
		t.Errorf("%v, %+v", lines, *got)
	}
}

func TestCustomers_YieldsErrorLast(t *testing.T) {
	t.Parallel()
	c, got := startAPI(t, respondWith(`{"items":[{"id":"c-1"}],"next":"x"}`), failWith(401, "unauthenticated", ""))
	var seen int
	var last error
	for _, last = range c.Customers(t.Context(), client.ListCustomersQuery{}) {
		seen++
	}
	if seen != 2 || client.CodeOf(last) != client.CodeUnauthenticated || len(*got) != 2 {
		t.Errorf("%d, %v", seen, last)
	}
	for range c.Customers(t.Context(), client.ListCustomersQuery{}) {
		break // the caller may stop early
	}
}
