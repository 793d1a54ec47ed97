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

func timeout(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}

const (
	settled   = "event: end\ndata: {\"state\":\"active\",\"settled\":true}\n\n"
	unsettled = "event: end\ndata: {\"state\":\"activating\",\"settled\":false}\n\n"
)

func TestFollow(t *testing.T) {
	for name, tt := range map[string]struct {
		streams []http.HandlerFunc
		steps   []int
		from    []string // Last-Event-ID of each stream
		code    client.Code
		fails   bool
	}{
		"to the end":            {[]http.HandlerFunc{says(": still here\n\n" + step(1, "a") + step(2, "b") + settled)}, []int{1, 2}, []string{""}, "", false},
		"asked to come again":   {[]http.HandlerFunc{says(step(1, "a") + unsettled), says(step(2, "b") + settled)}, []int{1, 2}, []string{"", "1"}, "", false},
		"broken off":            {[]http.HandlerFunc{says(step(1, "a") + "event: step\nid: 2\nda"), says(step(2, "b") + settled)}, []int{1, 2}, []string{"", "1"}, "", false},
		"turned away for now":   {[]http.HandlerFunc{refuses(429, "rate_limited", "1"), says(step(1, "a") + settled)}, []int{1}, []string{"", ""}, "", false},
		"refused":               {[]http.HandlerFunc{refuses(404, "activation_not_found", "")}, nil, []string{""}, client.CodeActivationNotFound, true},
		"broken over and over":  {[]http.HandlerFunc{says("")}, nil, []string{"", "", ""}, "", true},
		"nothing of the API's":  {[]http.HandlerFunc{says("event: step\ndata: <html>\n\n")}, nil, []string{"", "", ""}, "", true},
		"refused after a while": {[]http.HandlerFunc{says(step(1, "a") + unsettled), refuses(401, "unauthenticated", "")}, []int{1}, []string{"", "1"}, client.CodeUnauthenticated, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, got := scripted(t, tt.streams...)
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
			var from []string
			for _, r := range *got {
				from = append(from, r.header.Get("Last-Event-ID"))
			}
			if !slices.Equal(from, tt.from) || (*got)[0].line != "GET /v1/activations/a/events" {
				t.Errorf("asked for %q, want %q: %s", from, tt.from, (*got)[0].line)
			}
		})
	}
}

func TestWhoFollowsMayLeave(t *testing.T) {
	c, got := scripted(t, says(step(1, "a")+step(2, "b")+unsettled))
	for s, err := range c.Follow(t.Context(), "a") {
		if err != nil || s.Sequence != 1 {
			t.Errorf("%+v, %v", s, err)
		}
		break
	}
	if len(*got) != 1 {
		t.Errorf("%d requests", len(*got))
	}
	ctx, stop := timeout(t, 50*time.Millisecond)
	defer stop()
	var last error
	for _, last = range c.Follow(ctx, "a") {
	}
	if !errors.Is(last, context.DeadlineExceeded) {
		t.Errorf("%v", last)
	}
}
