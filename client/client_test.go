package client_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/client"
)

// received is one request as the API got it.
type received struct {
	line, body string
	header     http.Header
}

// scripted is an API that gives its answers in turn, the last one over and
// over, and keeps what it got.
func scripted(t *testing.T, answers ...http.HandlerFunc) (*client.Client, *[]received) {
	t.Helper()
	var got []received
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, received{r.Method + " " + r.RequestURI, string(body), r.Header})
		answers[min(len(got), len(answers))-1](w, r)
	}))
	t.Cleanup(server.Close)
	return &client.Client{URL: server.URL + "/", Token: "secret", Language: "sv"}, &got
}

func says(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
}

func refuses(status int, code, retryAfter string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		refuse(w, status, fmt.Sprintf(`{"type":"urn:countersign:problem:%s","title":"No.","status":%d,"code":%q}`, code, status, code))
	}
}

func step(n int, text string) string {
	return fmt.Sprintf("event: step\nid: %d\ndata: {\"sequence\":%d,\"text\":%q}\n\n", n, n, text)
}

func TestARequest(t *testing.T) {
	c, got := scripted(t, says(`{"id":"a","state":"active","generation":1,"links":{}}`))
	no := false
	var raw []byte
	standing, err := c.ChangeActivation(t.Context(), "a/b?c", client.ChangeRequest{RemindersPaused: &no}, client.IfVersion(7), client.Raw(&raw))
	if err != nil || standing.State != client.StateActive || !json.Valid(raw) {
		t.Fatalf("%+v, %v, %s", standing, err, raw)
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

// What is not said is not sent: a filter that is left out is no filter.
func TestAQuery(t *testing.T) {
	c, got := scripted(t, says(`{"items":[]}`))
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

// Only what is safe to repeat is sent again, only where the API asks for it, and
// under the same key.
func TestTryingAgain(t *testing.T) {
	withdraw := func(c *client.Client) error { _, err := c.WithdrawActivation(t.Context(), "a"); return err }
	read := func(c *client.Client) error { _, err := c.GetActivation(t.Context(), "a"); return err }
	importing := func(c *client.Client) error {
		_, err := c.ImportCustomers(t.Context(), client.ImportCustomersQuery{}, strings.NewReader("x"))
		return err
	}
	batch := func(c *client.Client) error {
		_, err := c.AddBatchFile(t.Context(), client.AddBatchFileQuery{}, strings.NewReader("customer_id\n"))
		return err
	}
	good := says(`{"id":"a"}`)
	for name, tt := range map[string]struct {
		do       func(*client.Client) error
		attempts int
		answers  []http.HandlerFunc
		sent     int
		code     client.Code
	}{
		"a read":                     {read, 0, []http.HandlerFunc{refuses(503, "unavailable", "1"), good}, 2, ""},
		"what has a key":             {withdraw, 0, []http.HandlerFunc{refuses(429, "rate_limited", "1"), good}, 2, ""},
		"a file that has a key":      {batch, 0, []http.HandlerFunc{refuses(503, "unavailable", "1"), good}, 2, ""},
		"at most three times":        {withdraw, 0, []http.HandlerFunc{refuses(503, "unavailable", "1")}, 3, client.CodeUnavailable},
		"never":                      {withdraw, 1, []http.HandlerFunc{refuses(503, "unavailable", "1")}, 1, client.CodeUnavailable},
		"what has no key":            {importing, 0, []http.HandlerFunc{refuses(503, "unavailable", "1")}, 1, client.CodeUnavailable},
		"what was not asked for":     {read, 0, []http.HandlerFunc{refuses(503, "unavailable", "")}, 1, client.CodeUnavailable},
		"what would be long":         {read, 0, []http.HandlerFunc{refuses(503, "unavailable", "3600")}, 1, client.CodeUnavailable},
		"an outcome that is unknown": {withdraw, 0, []http.HandlerFunc{refuses(202, "outcome_unknown", "1")}, 1, client.CodeOutcomeUnknown},
		"what is wrong":              {read, 0, []http.HandlerFunc{refuses(404, "activation_not_found", "")}, 1, client.CodeActivationNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, got := scripted(t, tt.answers...)
			c.Attempts = tt.attempts
			if err := tt.do(c); client.CodeOf(err) != tt.code || (err == nil) != (tt.code == "") {
				t.Errorf("%v", err)
			}
			if len(*got) != tt.sent {
				t.Fatalf("sent %d times, want %d", len(*got), tt.sent)
			}
			for _, r := range *got {
				if first := (*got)[0]; r.body != first.body || r.header.Get("Idempotency-Key") != first.header.Get("Idempotency-Key") {
					t.Errorf("%+v is no repeat of %+v", r, first)
				}
			}
		})
	}
}

// Who has less time than the API asks for is told at once.
func TestNobodyWaitsInVain(t *testing.T) {
	c, got := scripted(t, refuses(503, "unavailable", "30"))
	c.HTTP = &http.Client{}
	ctx, stop := timeout(t, 5*time.Second)
	defer stop()
	began := time.Now()
	if _, err := c.GetActivation(ctx, "a"); client.CodeOf(err) != client.CodeUnavailable || len(*got) != 1 || time.Since(began) > 4*time.Second {
		t.Errorf("%v after %v, %d requests", err, time.Since(began), len(*got))
	}
}

func TestBatchRowsAreReadToTheEnd(t *testing.T) {
	c, got := scripted(t, says(`{"items":[{"line":2},{"line":3}],"next":"3"}`), says(`{"items":[{"line":4}]}`))
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

func TestAListThatBreaksOff(t *testing.T) {
	c, got := scripted(t, says(`{"items":[{"id":"c-1"}],"next":"x"}`), refuses(401, "unauthenticated", ""))
	var seen int
	var last error
	for _, last = range c.Customers(t.Context(), client.ListCustomersQuery{}) {
		seen++
	}
	if seen != 2 || client.CodeOf(last) != client.CodeUnauthenticated || len(*got) != 2 {
		t.Errorf("%d, %v", seen, last)
	}
	for range c.Customers(t.Context(), client.ListCustomersQuery{}) {
		break // whoever has seen enough leaves
	}
}
