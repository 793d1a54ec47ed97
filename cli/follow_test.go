package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/cli"
)

func standingAt(version int, state string) answer {
	return answer{body: fmt.Sprintf(`{"id":"a","state":"%s","links":{},"version":%d}`, state, version)}
}

// What has not changed is not printed again, and what is over is not followed.
func TestFollow(t *testing.T) {
	fake := serve(t, map[string][]answer{"GET /v1/activations/a": {
		standingAt(0, "activating"), standingAt(0, "activating"), standingAt(3, "awaiting_approval"), standingAt(4, "declined"), standingAt(5, "declined"),
	}})
	code, stdout, stderr := run(t, "status", "a", "--follow", "--json")
	want := ""
	for _, a := range []answer{standingAt(0, "activating"), standingAt(3, "awaiting_approval"), standingAt(4, "declined")} {
		want += a.body + "\n"
	}
	if code != 0 || stdout != want || stderr != "" {
		t.Errorf("exit code %d, %s\ngot\n%s\nwant\n%s", code, stderr, stdout, want)
	}
	if len(fake.requests) != 4 {
		t.Errorf("%d requests, want 4", len(fake.requests))
	}
}

// Without --follow one look is enough, whatever the state.
func TestStatusLooksOnce(t *testing.T) {
	fake := serve(t, map[string][]answer{"GET /v1/activations/a": {standingAt(1, "activating")}})
	if code, _, stderr := run(t, "status", "a"); code != 0 {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	fake.one(t)
}

func TestFollowingEndsWithAProblem(t *testing.T) {
	serve(t, map[string][]answer{"GET /v1/activations/a": {standingAt(1, "activating"), {404, `{"type":"urn:countersign:problem:activation_not_found","title":"There is no such activation.","status":404,"code":"activation_not_found"}`}}})
	code, stdout, stderr := run(t, "status", "a", "--follow")
	if code != 1 || !strings.Contains(stdout, "activating") || stderr != "countersign: There is no such activation. (activation_not_found)\n" {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
}

// written calls back with each write.
type written func()

func (w written) Write(b []byte) (int, error) { w(); return len(b), nil }

// Ctrl-C is how people stop looking: it is no failure, whenever it comes.
func TestFollowingIsStoppedByHand(t *testing.T) {
	serve(t, map[string][]answer{"GET /v1/activations/a": {standingAt(1, "active")}})
	for name, stopped := range map[string]func(stop func()) written{
		"while it waits": func(stop func()) written { return stop },
		"while it asks":  func(stop func()) written { stop(); return func() {} },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
			defer stop()
			var stderr bytes.Buffer
			code := cli.Run(ctx, []string{"status", "a", "--follow"}, nil, stopped(stop), &stderr)
			if code != 0 || stderr.Len() > 0 || context.Cause(ctx) != context.Canceled {
				t.Errorf("exit code %d, %s, %v", code, &stderr, context.Cause(ctx))
			}
		})
	}
}
