package browser_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/dev/embedded"
	"countersign/dev/stack"
	"countersign/internal/eventually"
)

// startStack starts the stack of this test binary. Each test uses its own activations.
var startStack = sync.OnceValues(func() (stack.Addresses, error) {
	dir, err := os.MkdirTemp("", "countersign-browser-")
	if err != nil {
		return stack.Addresses{}, err
	}
	log := slog.New(slog.NewTextHandler(&stackLog, &slog.HandlerOptions{Level: slog.LevelWarn}))
	o := embedded.Options{Options: stack.Options{Dir: dir, Log: log}}
	ctx, stop := context.WithCancel(context.Background())
	ready, stopped := make(chan stack.Addresses, 1), make(chan error, 1)
	go func() { stopped <- embedded.Run(ctx, o, func(a stack.Addresses) { ready <- a }) }()
	stopStack = func() {
		stop()
		<-stopped
		os.RemoveAll(dir)
	}
	select {
	case a := <-ready:
		return a, nil
	case err := <-stopped:
		stopped <- err
		return stack.Addresses{}, fmt.Errorf("the stack did not start: %w", err)
	case <-time.After(eventually.Deadline):
		return stack.Addresses{}, fmt.Errorf("the stack did not start within %s", eventually.Deadline)
	}
})

var stopStack = func() {}

// addresses are those of the stack.
func addresses(t *testing.T) stack.Addresses {
	t.Helper()
	if testing.Short() {
		t.Skip("-short skips tests that start the whole product")
	}
	a, err := startStack()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// openWindow opens a window without a login.
func openWindow(t *testing.T, l look) *window {
	t.Helper()
	needBrowser(t)
	return newWindow(t, addresses(t).API, l)
}

// stackLog has the last lines that the stack logged. They are printed if a test
// fails.
var stackLog logTail

type logTail struct {
	mu    sync.Mutex
	lines []string
}

// keptLines is the number of stored log lines.
const keptLines = 10

func (l *logTail) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(line))
	l.lines = l.lines[max(0, len(l.lines)-keptLines):]
	return len(line), nil
}

func (l *logTail) print(to io.Writer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) > 0 {
		fmt.Fprintf(to, "The stack's last warnings:\n%s", strings.Join(l.lines, ""))
	}
}
