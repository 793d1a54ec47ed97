package cli_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"countersign/cli"
	"countersign/collaboration"
	"countersign/ops"
)

// fakeTemporal has executions in order and records the actions on them.
type fakeTemporal struct {
	settings       map[string]string // of the last connection
	executions     []ops.Execution
	expires        time.Time // the result of the query for the expiry; zero for no worker
	broken         string    // actions on this workflow fail
	afterAction    func()
	beforeDescribe func()
	query          string
	actions        []string
	closed         bool
}

func (f *fakeTemporal) Find(_ context.Context, query string) iter.Seq2[string, error] {
	f.query = query
	return func(yield func(string, error) bool) {
		for _, x := range f.executions {
			if !yield(x.ID, nil) {
				return
			}
		}
		if strings.Contains(query, "nonsense") {
			yield("", errors.New("no such attribute"))
		}
	}
}

func (f *fakeTemporal) Describe(ctx context.Context, id string) (ops.Execution, error) {
	if f.beforeDescribe != nil {
		f.beforeDescribe()
	}
	if ctx.Err() != nil {
		return ops.Execution{}, ctx.Err()
	}
	for _, x := range f.executions {
		if x.ID == id {
			return x, nil
		}
	}
	return ops.Execution{}, errors.New("not found")
}

func (f *fakeTemporal) Expires(context.Context, collaboration.ActivationID) (time.Time, error) {
	if f.expires.IsZero() {
		return f.expires, errors.New("no worker answers")
	}
	return f.expires, nil
}

func (f *fakeTemporal) act(action string, x ops.Execution) error {
	if x.ID == f.broken {
		return errors.New("broken")
	}
	f.actions = append(f.actions, action+" "+x.ID)
	if f.afterAction != nil {
		f.afterAction()
	}
	return nil
}

func (f *fakeTemporal) Resend(_ context.Context, x ops.Execution, name string) error {
	return f.act("resend "+name, x)
}

func (f *fakeTemporal) Retry(_ context.Context, x ops.Execution, activity string) error {
	return f.act("retry "+activity, x)
}

func (f *fakeTemporal) Cancel(_ context.Context, x ops.Execution) error { return f.act("cancel", x) }
func (f *fakeTemporal) Reset(_ context.Context, x ops.Execution) error  { return f.act("reset", x) }

func (f *fakeTemporal) ResetToStart(_ context.Context, x ops.Execution) error {
	return f.act("reset to start", x)
}

func (f *fakeTemporal) run(ctx context.Context, t *testing.T, line string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	connect := func(_ context.Context, settings map[string]string) (ops.Client, func(), error) {
		f.settings = settings
		return f, func() { f.closed = true }, nil
	}
	code = cli.RunWith(ctx, connect, strings.Fields(line), nil, &out, &err)
	return code, out.String(), err.String()
}
