package sse_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/metric/noop"

	"countersign/api/sse"
)

// Every kind of line break in the data continues the event; none ends it.
func TestSend_LineBreaks(t *testing.T) {
	t.Parallel()
	streams, err := sse.New(sse.Config{Poll: time.Second, Heartbeat: time.Minute, Max: 1, Draining: make(chan struct{}), Meter: noop.Meter{}})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := streams.Open(w).Send("step", "7", "a\rb\nc\r\nd"); err != nil {
		t.Fatal(err)
	}
	if got, want := w.Body.String(), "event: step\nid: 7\ndata: a\ndata: b\ndata: c\ndata: d\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A stream without news polls eight times less often after 15 seconds, until the next news.
func TestRun_PollsLessOftenWhenIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		streams, err := sse.New(sse.Config{Poll: time.Second, Heartbeat: time.Minute, Max: 1, Draining: make(chan struct{}), Meter: noop.Meter{}})
		if err != nil {
			t.Fatal(err)
		}
		began, polls := time.Now(), map[time.Duration]int{}
		outcome := streams.Open(httptest.NewRecorder()).Run(t.Context(), func(context.Context) (news, done bool, err error) {
			now := time.Since(began)
			polls[now.Truncate(40*time.Second)]++
			return now == 80*time.Second, now >= 120*time.Second, nil
		})
		// In the first 40 seconds: at 0, 1, … 16, 24 and 32; from 80 seconds on the same.
		if outcome != sse.Complete || polls[0] != 19 || polls[40*time.Second] != 5 || polls[80*time.Second] != 19 {
			t.Errorf("outcome %d, polls %v", outcome, polls)
		}
	})
}
