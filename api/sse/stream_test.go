package sse_test

import (
	"net/http/httptest"
	"testing"
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
