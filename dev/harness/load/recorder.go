package load

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

// responseTimeout bounds every request of a caller, except event streams.
const responseTimeout = 20 * time.Second

// The outcomes of requests without a complete response.
const (
	OutcomeRefused = "refused"
	OutcomeCutOff  = "cut off"
	OutcomeTimeout = "no answer in time"
)

// OutcomeUnavailable is the outcome of a request that needs an unavailable database,
// cache or Temporal.
const OutcomeUnavailable = "503 " + string(collaboration.CodeUnavailable)

// OutcomeRateLimited is the outcome of a mutating request to an API over capacity.
const OutcomeRateLimited = "429 " + string(collaboration.CodeRateLimited)

// Recorder counts the requests of all callers by kind and outcome.
type Recorder struct {
	mu      sync.Mutex
	counts  map[Observation]int
	slowest map[string]time.Duration // by kind
	// recoveryStart is the time of the last StartRecoveryClock. The other times count
	// from it: firstSuccess of the first success of each kind among the requests sent
	// after it, lastFailure of the last failure.
	recoveryStart time.Time
	firstSuccess  map[string]time.Duration
	lastFailure   time.Duration
	// streak counts the successes after the last failure.
	streak int
}

// Observation is a kind of caller with an outcome: the HTTP status and the problem's
// code, or the reason for a missing response.
type Observation struct{ Kind, Outcome string }

// IsOK reports whether the request succeeded.
func (s Observation) IsOK() bool { return strings.HasPrefix(s.Outcome, "2") }

// NewRecorder returns an empty recorder.
func NewRecorder() *Recorder {
	w := &Recorder{}
	w.Reset()
	return w
}

// Reset returns the counts and the slowest response of each kind, and clears them.
func (w *Recorder) Reset() (counts map[Observation]int, slowest map[string]time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	counts, slowest = w.counts, w.slowest
	w.counts, w.slowest = map[Observation]int{}, map[string]time.Duration{}
	return counts, slowest
}

// StartRecoveryClock marks the moment at which a failed part is available again.
func (w *Recorder) StartRecoveryClock() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.recoveryStart, w.firstSuccess, w.lastFailure, w.streak = time.Now(), map[string]time.Duration{}, 0, 0
}

// recoveryStreak is how many requests in a row must succeed after a recovery. One
// replica may recover before the other, so a few successes prove too little.
const recoveryStreak = 50

// RecoveryTime returns the time from StartRecoveryClock until requests of every kind
// succeed and none fails. It returns false before that.
func (w *Recorder) RecoveryTime(kinds ...string) (longest time.Duration, all bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	longest = w.lastFailure
	for _, kind := range kinds {
		took, found := w.firstSuccess[kind]
		if !found {
			return 0, false
		}
		longest = max(longest, took)
	}
	return longest, w.streak >= recoveryStreak
}

func (w *Recorder) count(kind, outcome string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.counts[Observation{kind, outcome}]
}

// Answers returns the number of requests since the last Reset.
func (w *Recorder) Answers() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return Total(w.counts)
}

func (w *Recorder) record(kind, outcome string, began time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, now := Observation{kind, outcome}, time.Now()
	w.counts[s]++
	w.slowest[kind] = max(w.slowest[kind], now.Sub(began))
	if w.streak++; !s.IsOK() {
		w.lastFailure, w.streak = now.Sub(w.recoveryStart), 0
	}
	if _, found := w.firstSuccess[kind]; s.IsOK() && !found && w.firstSuccess != nil && began.After(w.recoveryStart) {
		w.firstSuccess[kind] = now.Sub(w.recoveryStart)
	}
}

// Failures lists the failed requests by kind and outcome.
func Failures(counts map[Observation]int) string {
	var all []string
	for s, n := range counts {
		if !s.IsOK() {
			all = append(all, fmt.Sprintf("%s %s ×%d", s.Kind, s.Outcome, n))
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// Total returns the number of requests.
func Total(counts map[Observation]int) (n int) {
	for count := range maps.Values(counts) {
		n += count
	}
	return n
}

// Client returns an HTTP client that records its requests under a kind. It does not
// follow redirects, which would count as separate requests.
func (w *Recorder) Client(kind string) *http.Client {
	return &http.Client{Transport: &recordingTransport{w, kind}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// callersTransport reuses connections, as clients do.
var callersTransport = &http.Transport{MaxIdleConnsPerHost: 20}

type recordingTransport struct {
	recorder *Recorder
	kind     string
}

// RoundTrip reads the whole response before it records the outcome. An event stream
// is recorded at once, and again if it breaks.
func (o *recordingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	ctx, cancel := context.WithCancelCause(r.Context())
	timer := time.AfterFunc(responseTimeout, func() { cancel(context.DeadlineExceeded) })
	response, err := callersTransport.RoundTrip(r.WithContext(ctx))
	if err == nil && isStream(response) {
		timer.Stop()
		o.recorder.record(o.kind, fmt.Sprint(response.StatusCode), began)
		response.Body = &recordedStream{response.Body, o, nil}
		return response, nil
	}
	var body []byte
	if err == nil {
		body, err = io.ReadAll(response.Body)
		response.Body.Close()
	}
	timer.Stop()
	defer cancel(nil)
	if err != nil && r.Context().Err() != nil { // the caller cancelled the request
		return nil, err
	}
	if err != nil {
		o.recorder.record(o.kind, failureOf(errors.Join(err, context.Cause(ctx))), began)
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	o.recorder.record(o.kind, outcome(response, body), began)
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
	result := fmt.Sprintf("%d %s", r.StatusCode, problem.Code)
	if wait, err := strconv.Atoi(r.Header.Get("Retry-After")); (result == OutcomeRateLimited || result == OutcomeUnavailable) && (err != nil || wait < 1) {
		result += " without Retry-After"
	}
	return result
}

func failureOf(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return OutcomeTimeout
	case errors.Is(err, syscall.ECONNREFUSED):
		return OutcomeRefused
	default:
		return OutcomeCutOff
	}
}

// recordedStream records an event stream that ends without the event "end", unless
// the reader cancelled it.
type recordedStream struct {
	io.ReadCloser
	by   *recordingTransport
	tail []byte
}

func (f *recordedStream) Read(p []byte) (int, error) {
	n, err := f.ReadCloser.Read(p)
	f.tail = append(f.tail, p[:n]...)
	f.tail = f.tail[max(0, len(f.tail)-200):]
	isCancelled := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	if err != nil && !isCancelled && !bytes.Contains(f.tail, []byte("event: end")) {
		f.by.recorder.record(f.by.kind, OutcomeCutOff, time.Now())
	}
	return n, err
}
