package harness

import (
	"bytes"
	"strings"
	"sync"
	"testing"
)

const (
	// shownLines and shownColumns bound the output of each process in a failed test.
	shownLines   = 15
	shownColumns = 300
)

// output collects a process's output. Its methods can be called while the process runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String returns the whole output.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Tail returns the last lines, each of them cut to a readable length.
func (o *output) Tail() string {
	lines := strings.Split(strings.TrimSpace(o.String()), "\n")
	lines = lines[max(0, len(lines)-shownLines):]
	for n, line := range lines {
		if len(line) > shownColumns {
			lines[n] = line[:shownColumns] + " …"
		}
	}
	return strings.Join(lines, "\n")
}

// showIfFailed shows the last lines of a process with the test that failed.
func (o *output) showIfFailed(t *testing.T, process string) {
	t.Helper()
	if t.Failed() && o.String() != "" {
		t.Logf("the last lines of %s:\n%s", process, o.Tail())
	}
}
