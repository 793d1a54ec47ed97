package api_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/api"
	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/eventually"
)

// follow opens a stream and returns its lines.
func follow(t *testing.T, server *httptest.Server, id collaboration.ActivationID, headers ...string) (lines <-chan string, stop context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(eventually.Context(t))
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/v1/activations/"+string(id)+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer nils-token")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if ct := answer.Header.Get("Content-Type"); ct != "text/event-stream; charset=utf-8" || answer.StatusCode != 200 {
		t.Fatalf("%d %q", answer.StatusCode, ct)
	}
	ch := make(chan string, 100)
	go func() {
		defer close(ch)
		defer answer.Body.Close()
		for s := bufio.NewScanner(answer.Body); s.Scan(); {
			if s.Text() != "" && s.Text() != ":" {
				ch <- s.Text()
			}
		}
	}()
	return ch, cancel
}

func rest(lines <-chan string) string {
	var all []string
	for line := range lines {
		all = append(all, line)
	}
	return strings.Join(all, "\n")
}

func step(n, action, text string) string {
	return "event: step\nid: " + n + "\ndata: {\"sequence\":" + n + ",\"action\":\"" + action + "\",\"by\":\"emp-maja\",\"at\":\"2026-11-23T09:30:00Z\",\"text\":\"" + text + "\"}"
}

func TestEventStream_SendsSteps(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.events[id][1].By = maja.ID
	server := httptest.NewServer(w.server(t))
	defer server.Close()
	lines, _ := follow(t, server, id, "Accept-Language", "sv")
	got := []string{<-lines, <-lines, <-lines, <-lines, <-lines, <-lines}
	want := step("1", "requested", "Begärd") + "\n" + step("2", "task_checked", "Uppdraget kontrollerat")
	if strings.Join(got, "\n") != want {
		t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	// The customer approves: the state and the step are stored together.
	w.mu.Lock()
	r := w.records[id]
	r.State = collaboration.Active
	w.records[id] = r
	w.events[id] = append(w.events[id], collaboration.Event{Sequence: 3, Action: collaboration.ActionApproved, By: maja.ID, At: now})
	w.mu.Unlock()
	want = step("3", "approved", "Godkänd av kunden") + "\nevent: end\ndata: {\"state\":\"active\",\"settled\":true}"
	if got := rest(lines); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	// A reconnecting client gets the steps after its last event.
	resumed, _ := follow(t, server, id, "Last-Event-ID", "2", "Accept-Language", "sv")
	if got := rest(resumed); got != want {
		t.Errorf("resumed: got\n%s\nwant\n%s", got, want)
	}
}

// A removed right ends the stream before the next event is sent.
func TestEventStream_EndsWithRights(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	server := httptest.NewServer(w.server(t))
	defer server.Close()
	lines, _ := follow(t, server, id)
	for range 6 { // two steps
		<-lines
	}
	w.mu.Lock()
	w.left = nils.Email
	w.mu.Unlock()
	w.advances(id, collaboration.Active, collaboration.ActionApproved)
	if got := rest(lines); got != "event: end\ndata: {\"state\":\"awaiting_approval\",\"settled\":false}" {
		t.Errorf("got\n%s", got)
	}
}

// Temporal has the activation, and the store does not have it yet.
func TestEventStream_BeforeFirstWrite(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.Declined)
	r := w.records[id]
	delete(w.records, id)
	w.statuses[id] = message.Status{Activation: id, State: collaboration.Activating}
	server := httptest.NewServer(w.server(t))
	defer server.Close()
	lines, _ := follow(t, server, id)
	w.mu.Lock()
	w.records[id] = r
	w.mu.Unlock()
	if got := rest(lines); !strings.Contains(got, "id: 2") || !strings.HasSuffix(got, `{"state":"declined","settled":true}`) {
		t.Errorf("got\n%s", got)
	}
}

// The workflow is closed, and nothing was stored.
func TestEventStream_EndsWithoutStoredActivation(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := collaboration.NewActivationID("office-1", "c-has", solutionID)
	w.statuses[id] = message.Status{Activation: id, State: collaboration.Failed}
	server := httptest.NewServer(w.server(t))
	defer server.Close()
	lines, _ := follow(t, server, id)
	if got := rest(lines); got != "event: end\ndata: {\"state\":\"failed\",\"settled\":true}" {
		t.Errorf("got\n%s", got)
	}
}

// The workflow closes a moment before its last step is stored.
func TestEventStream_SendsLastStepBeforeEnd(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.Failed)
	r := w.records[id]
	delete(w.records, id)
	w.statuses[id] = message.Status{Activation: id, State: collaboration.Failed}
	looks := 0
	w.onLook = func() {
		if looks++; looks == 3 { // the request, then the first and the second read of the stream
			w.records[id] = r
		}
	}
	server := httptest.NewServer(w.server(t))
	defer server.Close()
	lines, _ := follow(t, server, id)
	if got := rest(lines); !strings.Contains(got, "id: 2") || !strings.HasSuffix(got, `{"state":"failed","settled":true}`) {
		t.Errorf("got\n%s", got)
	}
}

// Neither the store nor Temporal has the activation.
func TestEventStream_EndsIfActivationIsUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := collaboration.NewActivationID("office-1", "c-has", solutionID)
	w.statuses[id] = message.Status{Activation: id}
	looks := 0
	w.onLook = func() {
		if looks++; looks == 2 {
			delete(w.statuses, id)
		}
	}
	server := httptest.NewServer(w.server(t))
	defer server.Close()
	lines, _ := follow(t, server, id)
	if got := rest(lines); !strings.HasSuffix(got, `{"state":"activating","settled":false}`) {
		t.Errorf("got\n%s", got)
	}
}

// The activation of a guessed ID turns out to belong to another office.
func TestEventStream_EndsForAnotherOffice(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-other", collaboration.AwaitingApproval)
	r := w.records[id]
	delete(w.records, id)
	w.statuses[id] = message.Status{Activation: id}
	server := httptest.NewServer(w.server(t))
	defer server.Close()
	lines, _ := follow(t, server, id)
	w.mu.Lock()
	w.records[id] = r
	w.mu.Unlock()
	if got := rest(lines); strings.Contains(got, "step") || !strings.Contains(got, `"settled":false`) {
		t.Errorf("got\n%s", got)
	}
}

func TestEventStream_SendsHeartbeat(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.deps = func(d *api.Config) { d.Heartbeat = time.Nanosecond }
	id := w.with("c-platform", collaboration.AwaitingApproval)
	server := httptest.NewServer(w.server(t))
	defer server.Close()
	lines, stop := follow(t, server, id, "Last-Event-ID", "2")
	if got := <-lines; got != ": still here" {
		t.Errorf("got %q", got)
	}
	stop()
}

func TestEventStream_LimitsStreams(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.deps = func(d *api.Config) { d.Limits.Streams = 1 }
	id := w.with("c-platform", collaboration.AwaitingApproval)
	s := w.server(t)
	server := httptest.NewServer(s)
	defer server.Close()
	lines, stop := follow(t, server, id)
	<-lines
	r := get("/v1/activations/"+string(id)+"/events", "nils")
	r.status, r.content, r.wantHeaders = 429, []string{code("rate_limited")}, map[string]string{"Retry-After": "5"}
	r.check(t, r.send(s))
	stop()
	rest(lines)
	// The slot is free again as soon as the server has noticed the disconnect.
	w.mu.Lock()
	settled := w.records[id]
	settled.State = collaboration.Declined
	w.records[id] = settled
	w.mu.Unlock()
	eventually.True(t, "the server gives the stream's place back", func() bool { return r.send(s).Code == 200 })
}

// One person has a share of the streams, and one office.
func TestEventStream_Shares(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		limits        api.Limits
		first, second string
		status        int
	}{
		"one person":     {api.Limits{Streams: 9, OfficeStreams: 2, PersonStreams: 1}, "nils", "nils", 429},
		"one office":     {api.Limits{Streams: 9, OfficeStreams: 1, PersonStreams: 1}, "nils", "maja", 429},
		"another person": {api.Limits{Streams: 9, OfficeStreams: 2, PersonStreams: 1}, "maja", "nils", 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.deps = func(d *api.Config) { d.Limits = tt.limits }
			id := w.with("c-platform", collaboration.AwaitingApproval)
			server := httptest.NewServer(w.server(t))
			defer server.Close()
			for i, who := range []string{tt.first, tt.second} {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/v1/activations/"+string(id)+"/events", nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer "+who+"-token")
				got, err := server.Client().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer got.Body.Close()
				if want := []int{200, tt.status}[i]; got.StatusCode != want {
					t.Errorf("%s: %d, want %d", who, got.StatusCode, want)
				}
			}
		})
	}
}

func TestEventStream_RejectsInvalidRequests(t *testing.T) {
	t.Parallel()
	w := newWorld()
	url := "/v1/activations/" + string(w.with("c-platform", collaboration.AwaitingApproval)) + "/events"
	for _, last := range []string{"x", "-1"} {
		r := get(url, "nils", "Last-Event-ID", last)
		r.status, r.content = 422, []string{wrong("Last-Event-ID", "invalid_format")}
		r.check(t, r.send(w.server(t)))
	}
}
