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

// fakeEngine has runs, in order, and notes what is done to them.
type fakeEngine struct {
	runs    []ops.Run
	expires time.Time // what a run answers; zero for no worker
	broken  string    // nothing can be done to this workflow
	after   func()    // is called after each deed
	looking func()    // is called before each look
	query   string
	did     []string
	left    bool
}

func (f *fakeEngine) Find(_ context.Context, query string) iter.Seq2[string, error] {
	f.query = query
	return func(yield func(string, error) bool) {
		for _, r := range f.runs {
			if !yield(r.ID, nil) {
				return
			}
		}
		if strings.Contains(query, "nonsense") {
			yield("", errors.New("no such attribute"))
		}
	}
}

func (f *fakeEngine) Look(ctx context.Context, id string) (ops.Run, error) {
	if f.looking != nil {
		f.looking()
	}
	if ctx.Err() != nil {
		return ops.Run{}, ctx.Err()
	}
	for _, r := range f.runs {
		if r.ID == id {
			return r, nil
		}
	}
	return ops.Run{}, errors.New("not found")
}

func (f *fakeEngine) Expires(context.Context, collaboration.ActivationID) (time.Time, error) {
	if f.expires.IsZero() {
		return f.expires, errors.New("no worker answers")
	}
	return f.expires, nil
}

func (f *fakeEngine) do(what string, r ops.Run) error {
	if r.ID == f.broken {
		return errors.New("broken")
	}
	f.did = append(f.did, what+" "+r.ID)
	if f.after != nil {
		f.after()
	}
	return nil
}

func (f *fakeEngine) Resend(_ context.Context, r ops.Run, name string) error {
	return f.do("resend "+name, r)
}

func (f *fakeEngine) Retry(_ context.Context, r ops.Run, activity string) error {
	return f.do("retry "+activity, r)
}

func (f *fakeEngine) Cancel(_ context.Context, r ops.Run) error { return f.do("cancel", r) }
func (f *fakeEngine) Reset(_ context.Context, r ops.Run) error  { return f.do("reset", r) }

func (f *fakeEngine) ResetToStart(_ context.Context, r ops.Run) error {
	return f.do("reset to start", r)
}

func (f *fakeEngine) run(ctx context.Context, t *testing.T, line string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	connect := func(context.Context) (ops.Engine, func(), error) { return f, func() { f.left = true }, nil }
	code = cli.RunOn(ctx, connect, strings.Fields(line), nil, &out, &err)
	return code, out.String(), err.String()
}
