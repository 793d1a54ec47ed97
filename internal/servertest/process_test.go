package servertest

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
)

// recorder records the failure of a test.
type recorder struct {
	testing.TB
	failure string
}

func (r *recorder) Fatalf(format string, values ...any) {
	r.failure = fmt.Sprintf(format, values...)
	runtime.Goexit()
}

func TestAwait_FailsWithLogAfterExit(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "servertest-exit-") // the guard removes it
	if err != nil {
		t.Fatal(err)
	}
	p, err := start(dir, nil, "/bin/sh", "-c", "seq 100; exit 1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	r, done := &recorder{TB: t}, make(chan struct{})
	go func() {
		defer close(done)
		p.await(r, func() error { return errors.New("it does not answer") })
	}()
	<-done
	lines := strings.Split(r.failure, "\n")
	if !strings.HasPrefix(r.failure, "sh has exited") || len(lines) != 1+logLines || lines[1] != "71" || lines[logLines] != "100" {
		t.Errorf("failed with %q", r.failure)
	}
}
