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

// watch opens the live stream of an activation's page and returns its events.
func (b *browser) watch(server *httptest.Server, path string) (events <-chan string, stop context.CancelFunc) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(eventually.Context(b.t))
	b.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Accept-Language", b.lang)
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	if ct := answer.Header.Get("Content-Type"); ct != "text/event-stream; charset=utf-8" || answer.StatusCode != 200 {
		b.t.Fatalf("%d %q", answer.StatusCode, ct)
	}
	ch := make(chan string, 100)
	go func() {
		defer close(ch)
		defer answer.Body.Close()
		event := ""
		for s := bufio.NewScanner(answer.Body); s.Scan(); {
			switch line := s.Text(); {
			case line == "" && event != "":
				ch <- event
				event = ""
			case line != "" && !strings.HasPrefix(line, ":"):
				event += line + "\n"
			}
		}
	}()
	return ch, cancel
}

// next returns the next event, or "" after the end of the stream.
func next(t *testing.T, events <-chan string) string {
	t.Helper()
	return eventually.Receive(t, "the page's stream sends an event or ends", events)
}

// advances stores more steps and the resulting state.
func (w *world) advances(id collaboration.ActivationID, state collaboration.State, actions ...collaboration.Action) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.records[id]
	r.State = state
	r.Version++
	w.records[id] = r
	w.happened(id, collaboration.ActorSystem, actions...)
}

func TestActivationStream_SendsChangedPage(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.Activating)
	s := w.server(t)
	server := httptest.NewServer(s)
	defer server.Close()
	b := openBrowser(t, s, nils.Email)
	path := attribute(b.get("/activations/"+string(id)), "data-live")
	events, _ := b.watch(server, path)
	w.advances(id, collaboration.Activating, collaboration.ActionSolutionActivated)
	part := next(t, events)
	if !strings.HasPrefix(part, "event: part\ndata: ") || !strings.Contains(part, "Lösningen aktiveras") || strings.Contains(part, "<!doctype") {
		t.Fatalf("got\n%s", part)
	}
	if got := stepsShown(strings.ReplaceAll(part, "\ndata: ", "\n")); !strings.Contains(got, "Lösningen aktiveras: Klart\n→ Inbjudan skickas: Pågår") {
		t.Errorf("got\n%s", got)
	}
	w.advances(id, collaboration.AwaitingApproval, collaboration.ActionInvitationSent)
	if part := next(t, events); !strings.Contains(part, "Väntar på att Åsa Öberg godkänner") || !strings.Contains(part, "/resend") {
		t.Errorf("got\n%s", part)
	}
	w.advances(id, collaboration.Declined, collaboration.ActionClosed)
	if part := next(t, events); !strings.Contains(part, "Kunden tackade nej.") {
		t.Errorf("got\n%s", part)
	}
	if end := next(t, events); end != "event: end\ndata: over\n" {
		t.Errorf("got %q", end)
	}
	// A late client gets the current status at once. A client that has seen it gets only the end.
	late, _ := b.watch(server, path)
	if part := next(t, late); !strings.Contains(part, "Kunden tackade nej.") {
		t.Errorf("got\n%s", part)
	}
	b.lang = "en"
	seen, _ := b.watch(server, "/activations/"+string(id)+"/live?seen=6-declined")
	if end := next(t, seen); end != "event: end\ndata: over\n" {
		t.Errorf("got %q", end)
	}
}

// Temporal has the activation, and the store does not have it yet. After the first write the
// stream sends the whole page.
func TestActivationStream_BeforeFirstWrite(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	r := w.records[id]
	delete(w.records, id)
	w.statuses[id] = message.Status{Activation: id}
	s := w.server(t)
	server := httptest.NewServer(s)
	defer server.Close()
	b := openBrowser(t, s, nils.Email)
	events, stop := b.watch(server, attribute(b.get("/activations/"+string(id)), "data-live"))
	defer stop()
	w.mu.Lock()
	w.records[id] = r
	w.mu.Unlock()
	if part := next(t, events); !strings.Contains(part, "Öbergs Snickeri AB") {
		t.Errorf("got\n%s", part)
	}
}

// The workflow is closed, and nothing was stored.
func TestActivationStream_EndsWithoutStoredActivation(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := collaboration.NewActivationID("office-1", "c-has", solutionID)
	w.statuses[id] = message.Status{Activation: id, State: collaboration.Failed}
	s := w.server(t)
	server := httptest.NewServer(s)
	defer server.Close()
	events, _ := openBrowser(t, s, nils.Email).watch(server, "/activations/"+string(id)+"/live?seen=0-activating")
	if part := next(t, events); !strings.Contains(part, "avbröts innan något hann göras") {
		t.Errorf("got\n%s", part)
	}
	if end := next(t, events); end != "event: end\ndata: over\n" {
		t.Errorf("got %q", end)
	}
}

// A draining server sends no end event, so that the browser reconnects.
func TestActivationStream_DrainingServerSendsNoEnd(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	s := w.server(t)
	server := httptest.NewServer(s)
	defer server.Close()
	events, _ := openBrowser(t, s, nils.Email).watch(server, "/activations/"+string(id)+"/live?seen=3-awaiting_approval") // the stream starts at once, even without a new event
	s.Drain()
	if end := next(t, events); end != "" {
		t.Errorf("got %q", end)
	}
}

// A pending invitation may stay unchanged for a month.
func TestActivationStream_EndsWhenIdle(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.deps = func(d *api.Config) { d.StreamIdle = time.Nanosecond }
	id := w.with("c-platform", collaboration.AwaitingApproval)
	s := w.server(t)
	server := httptest.NewServer(s)
	defer server.Close()
	events, _ := openBrowser(t, s, nils.Email).watch(server, "/activations/"+string(id)+"/live?seen=3-awaiting_approval")
	if end := next(t, events); end != "event: end\ndata: over\n" {
		t.Errorf("got %q", end)
	}
}

func TestActivationStream_CountsTowardsLimit(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.deps = func(d *api.Config) { d.Limits.Streams = 1 }
	id := w.with("c-platform", collaboration.AwaitingApproval)
	s := w.server(t)
	server := httptest.NewServer(s)
	defer server.Close()
	b := openBrowser(t, s, nils.Email)
	events, stop := b.watch(server, "/activations/"+string(id)+"/live")
	defer stop()
	next(t, events)
	r := get("/v1/activations/"+string(id)+"/events", "nils")
	r.status, r.content = 429, []string{code("rate_limited")}
	r.check(t, r.send(s))
	says(t, b.send(http.MethodGet, "/activations/"+string(id)+"/live", nil), 429)
	if got := b.send(http.MethodHead, "/activations/"+string(id)+"/live", nil); got.Code != http.StatusNoContent {
		t.Errorf("HEAD: %d", got.Code)
	}
	stop()
	w.becomes(id, func(r *collaboration.Activation) { r.State = collaboration.Declined }) // the next stream ends at once
	eventually.True(t, "the page's closed stream gives its slot back", func() bool {
		return b.send(http.MethodGet, "/activations/"+string(id)+"/live", nil).Code == 200
	})
}

func TestActivationStream_RequiresEmployee(t *testing.T) {
	t.Parallel()
	w := newWorld()
	path := "/activations/" + string(w.with("c-platform", collaboration.AwaitingApproval)) + "/live"
	s := w.server(t)
	if got := openBrowser(t, s, "").send(http.MethodGet, path, nil); got.Code != http.StatusSeeOther {
		t.Errorf("no login: %d", got.Code)
	}
	says(t, openBrowser(t, s, "asa@oberg.example").send(http.MethodGet, path, nil), 403)
	says(t, openBrowser(t, s, sara.Email).send(http.MethodGet, path, nil), 404)
}

// A logout, and a removed right, end the stream of an open page.
func TestActivationStream_EndsWithLogin(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *world, *browser){
		"logout": func(t *testing.T, _ *world, b *browser) {
			if got := b.send(http.MethodPost, "/logout", b.visitor.form("/customers")); got.Code != 200 {
				t.Fatalf("%d", got.Code)
			}
		},
		"right removed": func(_ *testing.T, w *world, _ *browser) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.left = nils.Email
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			id := w.with("c-platform", collaboration.Activating)
			s := w.server(t)
			server := httptest.NewServer(s)
			defer server.Close()
			b := openBrowser(t, s, nils.Email)
			events, _ := b.watch(server, attribute(b.get("/activations/"+string(id)), "data-live"))
			end(t, w, b)
			w.advances(id, collaboration.Activating, collaboration.ActionSolutionActivated)
			if got := next(t, events); got != "event: end\ndata: over\n" {
				t.Errorf("got\n%s", got)
			}
		})
	}
}

// An agreement that starts on the day of its approval starts a moment after it.
func TestActivationStream_FollowsUntilStart(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	server := httptest.NewServer(w.server(t))
	defer server.Close()
	b := openBrowser(t, server.Config.Handler, nils.Email)
	events, _ := b.watch(server, attribute(b.get("/activations/"+string(id)), "data-live"))
	agreement := collaboration.Agreement{StartsOn: collaboration.DateOf(now), Months: 12, Term: 1, Renews: true}
	for _, want := range []string{"Startar 23 november 2026", "Pågår"} {
		w.becomes(id, func(r *collaboration.Activation) {
			a := agreement
			r.State, r.Agreement, r.Version = collaboration.Active, &a, r.Version+1
		})
		if part := next(t, events); !strings.Contains(part, ">"+want+"</span>") {
			t.Errorf("no %q in\n%s", want, part)
		}
		agreement.Started = true
	}
	if end := next(t, events); end != "event: end\ndata: over\n" {
		t.Errorf("got %q", end)
	}
}
