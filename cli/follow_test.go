package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"countersign/cli"
	"countersign/internal/eventually"
)

func activationAt(version int, state string) answer {
	return answer{body: fmt.Sprintf(`{"id":"a","state":"%s","links":{},"version":%d}`, state, version)}
}

// Each version is printed once, and --follow ends with the activation.
func TestStatusFollow_PrintsChangesUntilClosed(t *testing.T) {
	fake := serve(t, map[string][]answer{"GET /v1/activations/a": {
		activationAt(0, "activating"), activationAt(0, "activating"), activationAt(3, "awaiting_approval"), activationAt(4, "declined"), activationAt(5, "declined"),
	}})
	code, stdout, stderr := run(t, "status", "a", "--follow", "--json")
	want := ""
	for _, a := range []answer{activationAt(0, "activating"), activationAt(3, "awaiting_approval"), activationAt(4, "declined")} {
		want += a.body + "\n"
	}
	if code != 0 || stdout != want || stderr != "" {
		t.Errorf("exit code %d, %s\ngot\n%s\nwant\n%s", code, stderr, stdout, want)
	}
	if len(fake.requests) != 4 {
		t.Errorf("%d requests, want 4", len(fake.requests))
	}
}

func TestStatus_SendsOneRequest(t *testing.T) {
	fake := serve(t, map[string][]answer{"GET /v1/activations/a": {activationAt(1, "activating")}})
	if code, _, stderr := run(t, "status", "a"); code != 0 {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	fake.onlyRequest(t)
}

func TestStatusFollow_EndsWithError(t *testing.T) {
	serve(t, map[string][]answer{"GET /v1/activations/a": {activationAt(1, "activating"), {404, `{"type":"urn:countersign:problem:activation_not_found","title":"There is no such activation.","status":404,"code":"activation_not_found"}`}}})
	code, stdout, stderr := run(t, "status", "a", "--follow")
	if code != 1 || !strings.Contains(stdout, "activating") || stderr != "countersign: There is no such activation. (activation_not_found)\n" {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
}

// onWrite calls the function for each write.
type onWrite func()

func (w onWrite) Write(b []byte) (int, error) { w(); return len(b), nil }

// Ctrl-C ends --follow without an error.
func TestStatusFollow_StopsWithContext(t *testing.T) {
	serve(t, map[string][]answer{"GET /v1/activations/a": {activationAt(1, "active")}})
	for name, stopped := range map[string]func(stop func()) onWrite{
		"while waiting":    func(stop func()) onWrite { return stop },
		"during a request": func(stop func()) onWrite { stop(); return func() {} },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(eventually.Context(t))
			defer stop()
			var stderr bytes.Buffer
			code := cli.Run(ctx, []string{"status", "a", "--follow"}, nil, stopped(stop), &stderr)
			if code != 0 || stderr.Len() > 0 || context.Cause(ctx) != context.Canceled {
				t.Errorf("exit code %d, %s, %v", code, &stderr, context.Cause(ctx))
			}
		})
	}
}
