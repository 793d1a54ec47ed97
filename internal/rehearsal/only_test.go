package rehearsal_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"countersign/internal/rehearsal"
)

// recorder records how a test is skipped.
type recorder struct {
	testing.TB
	reason string
}

func (r *recorder) Skipf(format string, values ...any) {
	r.reason = fmt.Sprintf(format, values...)
	runtime.Goexit()
}

func TestOnly_SaysHowToRun(t *testing.T) {
	r, done := &recorder{TB: t}, make(chan struct{})
	go func() { defer close(done); rehearsal.Only(r) }()
	<-done
	if skipped := r.reason != ""; skipped == rehearsal.Enabled {
		t.Errorf("skipped: %t, with the tag: %t", skipped, rehearsal.Enabled)
	}
	for _, want := range []string{"-tags rehearsal", t.Name(), "make rehearse"} {
		if !rehearsal.Enabled && !strings.Contains(r.reason, want) {
			t.Errorf("%q does not name %q", r.reason, want)
		}
	}
}
