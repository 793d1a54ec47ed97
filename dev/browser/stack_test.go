package browser_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"countersign/dev/stack"
)

// site is the one stack of this test process: each test takes customers of its
// own.
var site = sync.OnceValues(startStack)

var stopStack = func() {}

func startStack() (stack.Addresses, error) {
	dir, err := os.MkdirTemp("", "countersign-browser-")
	if err != nil {
		return stack.Addresses{}, err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	o := stack.Options{Dir: dir, Log: log}
	ctx, stop := context.WithCancel(context.Background())
	ready, stopped := make(chan stack.Addresses, 1), make(chan error, 1)
	go func() { stopped <- stack.Run(ctx, o, func(a stack.Addresses) { ready <- a }) }()
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
	case <-time.After(time.Minute):
		return stack.Addresses{}, fmt.Errorf("the stack did not start within a minute")
	}
}

// anybody opens a window in which nobody is logged in.
func anybody(t *testing.T, l look) *window {
	t.Helper()
	needBrowser(t)
	a, err := site()
	if err != nil {
		t.Fatal(err)
	}
	return open(t, a.API, l)
}
