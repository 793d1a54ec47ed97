package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"countersign/collaboration"
)

// patience is how long anybody waits for an answer. What takes longer hangs.
const patience = 20 * time.Second

// What becomes of a request that gets no answer, or not all of it.
const (
	refused = "refused"
	cutOff  = "cut off"
	hung    = "no answer in time"
)

// unavailable is our own word for what must be waited for.
const unavailable = "503 " + string(collaboration.CodeUnavailable)

// tooMany is for those who want to change something while all turns are taken.
const tooMany = "429 " + string(collaboration.CodeRateLimited)

// witness sees every request of every kind of caller, and what came of it.
type witness struct {
	mu      sync.Mutex
	seen    map[sighting]int
	slowest map[string]time.Duration
	// since is when something was brought back, first how long after that a
	// request of each kind went well which began after it, last how long after
	// that one still went badly, and streak how many have gone well since.
	since  time.Time
	first  map[string]time.Duration
	last   time.Duration
	streak int
}

// sighting is a kind of caller with a status and a problem's code, or why there
// is none.
type sighting struct{ kind, outcome string }

func (s sighting) good() bool { return strings.HasPrefix(s.outcome, "2") }

func newWitness() *witness {
	w := &witness{}
	w.forget()
	return w
}

// forget begins anew, and is what was seen.
func (w *witness) forget() (seen map[sighting]int, slowest map[string]time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen, slowest = w.seen, w.slowest
	w.seen, w.slowest = map[sighting]int{}, map[string]time.Duration{}
	return seen, slowest
}

// wait starts the clock by which things are good again.
func (w *witness) wait() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since, w.first, w.last, w.streak = time.Now(), map[string]time.Duration{}, 0, 0
}

// steady is how many requests in a row must go well: one replica may be well
// before the other.
const steady = 50

// recovered is how long it took until requests of every kind went well, and
// none went badly any more; false where it is not yet so.
func (w *witness) recovered(kinds ...string) (longest time.Duration, all bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	longest = w.last
	for _, kind := range kinds {
		took, found := w.first[kind]
		if !found {
			return 0, false
		}
		longest = max(longest, took)
	}
	return longest, w.streak >= steady
}

func (w *witness) count(kind, outcome string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen[sighting{kind, outcome}]
}

// answers is how many requests there were.
func (w *witness) answers() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return total(w.seen)
}

func (w *witness) note(kind, outcome string, began time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, now := sighting{kind, outcome}, time.Now()
	w.seen[s]++
	w.slowest[kind] = max(w.slowest[kind], now.Sub(began))
	if w.streak++; !s.good() {
		w.last, w.streak = now.Sub(w.since), 0
	}
	if _, found := w.first[kind]; s.good() && !found && w.first != nil && began.After(w.since) {
		w.first[kind] = now.Sub(w.since)
	}
}

// troubles are what did not go well, in words.
func troubles(seen map[sighting]int) string {
	var all []string
	for s, n := range seen {
		if !s.good() {
			all = append(all, fmt.Sprintf("%s %s ×%d", s.kind, s.outcome, n))
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func total(seen map[sighting]int) (n int) {
	for count := range maps.Values(seen) {
		n += count
	}
	return n
}

// client asks as a kind of caller.
func (w *witness) client(kind string) *http.Client {
	return &http.Client{Transport: &observed{w, kind}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// callersTransport keeps connections, as callers do.
var callersTransport = &http.Transport{MaxIdleConnsPerHost: 20}

type observed struct {
	witness *witness
	kind    string
}

// RoundTrip reads the whole answer, but for a stream's.
func (o *observed) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	ctx, cancel := context.WithCancelCause(r.Context())
	timer := time.AfterFunc(patience, func() { cancel(context.DeadlineExceeded) })
	response, err := callersTransport.RoundTrip(r.WithContext(ctx))
	if err == nil && isStream(response) {
		timer.Stop()
		o.witness.note(o.kind, fmt.Sprint(response.StatusCode), began)
		response.Body = &followed{response.Body, o, nil}
		return response, nil
	}
	var body []byte
	if err == nil {
		body, err = io.ReadAll(response.Body)
		response.Body.Close()
	}
	timer.Stop()
	defer cancel(nil)
	if err != nil && r.Context().Err() != nil { // the caller left
		return nil, err
	}
	if err != nil {
		o.witness.note(o.kind, whyNot(errors.Join(err, context.Cause(ctx))), began)
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	o.witness.note(o.kind, outcome(response, body), began)
	return response, nil
}

func isStream(r *http.Response) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "text/event-stream")
}

func outcome(r *http.Response, body []byte) string {
	var problem struct{ Code collaboration.Code }
	if r.StatusCode < 400 || json.Unmarshal(body, &problem) != nil || problem.Code == "" {
		return fmt.Sprint(r.StatusCode)
	}
	said := fmt.Sprintf("%d %s", r.StatusCode, problem.Code)
	if wait, err := strconv.Atoi(r.Header.Get("Retry-After")); (said == tooMany || said == unavailable) && (err != nil || wait < 1) {
		said += " without Retry-After"
	}
	return said
}

func whyNot(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return hung
	case errors.Is(err, syscall.ECONNREFUSED):
		return refused
	default:
		return cutOff
	}
}

// followed is a stream, which ends by saying so.
type followed struct {
	io.ReadCloser
	by   *observed
	tail []byte
}

func (f *followed) Read(p []byte) (int, error) {
	n, err := f.ReadCloser.Read(p)
	f.tail = append(f.tail, p[:n]...)
	f.tail = f.tail[max(0, len(f.tail)-200):]
	left := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) // by its reader
	if err != nil && !left && !bytes.Contains(f.tail, []byte("event: end")) {
		f.by.witness.note(f.by.kind, cutOff, time.Now())
	}
	return n, err
}
