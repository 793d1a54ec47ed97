package client_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"countersign/client"
)

const (
	settled   = "event: end\ndata: {\"state\":\"active\",\"settled\":true}\n\n"
	unsettled = "event: end\ndata: {\"state\":\"activating\",\"settled\":false}\n\n"
)

func TestFollow_ResumesStreams(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		streams []http.HandlerFunc
		steps   []int
		from    []string // Last-Event-ID per stream
		code    client.Code
		fails   bool
	}{
		"one stream":             {[]http.HandlerFunc{respondWith(": keep-alive\n\n" + eventMessage(1, "a") + eventMessage(2, "b") + settled)}, []int{1, 2}, []string{""}, "", false},
		"unsettled end":          {[]http.HandlerFunc{respondWith(eventMessage(1, "a") + unsettled), respondWith(eventMessage(2, "b") + settled)}, []int{1, 2}, []string{"", "1"}, "", false},
		"interrupted":            {[]http.HandlerFunc{respondWith(eventMessage(1, "a") + "event: step\nid: 2\nda"), respondWith(eventMessage(2, "b") + settled)}, []int{1, 2}, []string{"", "1"}, "", false},
		"rate limited":           {[]http.HandlerFunc{failWith(429, "rate_limited", "1"), respondWith(eventMessage(1, "a") + settled)}, []int{1}, []string{"", ""}, "", false},
		"not found":              {[]http.HandlerFunc{failWith(404, "activation_not_found", "")}, nil, []string{""}, client.CodeActivationNotFound, true},
		"interrupted repeatedly": {[]http.HandlerFunc{respondWith("")}, nil, []string{"", "", ""}, "", true},
		"invalid data":           {[]http.HandlerFunc{respondWith("event: step\ndata: <html>\n\n")}, nil, []string{"", "", ""}, "", true},
		"unauthenticated later":  {[]http.HandlerFunc{respondWith(eventMessage(1, "a") + unsettled), failWith(401, "unauthenticated", "")}, []int{1}, []string{"", "1"}, client.CodeUnauthenticated, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, tt.streams, func(t *testing.T, c *client.Client, got *[]received) {
				start := time.Now()
				var steps []int
				var failed error
				for s, err := range c.Follow(t.Context(), "a") {
					if failed = err; err == nil {
						steps = append(steps, s.Sequence)
					}
				}
				if !slices.Equal(steps, tt.steps) || client.CodeOf(failed) != tt.code || (failed != nil) != tt.fails {
					t.Errorf("%v, %v", steps, failed)
				}
				if waited, want := time.Since(start), time.Duration(len(*got)-1)*time.Second; waited != want {
					t.Errorf("the client waited %s, want %s", waited, want)
				}
				var from []string
				for _, r := range *got {
					from = append(from, r.header.Get("Last-Event-ID"))
				}
				if !slices.Equal(from, tt.from) || (*got)[0].line != "GET /v1/activations/a/events" {
					t.Errorf("Last-Event-ID %q, want %q: %s", from, tt.from, (*got)[0].line)
				}
			})
		})
	}
}

func TestFollow_StopsEarly(t *testing.T) {
	t.Parallel()
	c, got := startAPI(t, respondWith(eventMessage(1, "a")+eventMessage(2, "b")+unsettled))
	for s, err := range c.Follow(t.Context(), "a") {
		if err != nil || s.Sequence != 1 {
			t.Errorf("%+v, %v", s, err)
		}
		break
	}
	if len(*got) != 1 {
		t.Errorf("%d requests", len(*got))
	}
}

func TestFollow_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	withFakeTime(t, []http.HandlerFunc{respondWith(eventMessage(1, "a") + eventMessage(2, "b") + unsettled)}, func(t *testing.T, c *client.Client, got *[]received) {
		ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer stop()
		var last error
		for _, last = range c.Follow(ctx, "a") {
		}
		if !errors.Is(last, context.DeadlineExceeded) || len(*got) != 1 {
			t.Errorf("%v after %d requests", last, len(*got))
		}
	})
}
