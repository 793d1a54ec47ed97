package engine_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"countersign/dev/clock"
	"countersign/dev/engine"
)

const childDir = "ENGINE_TEST_CHILD_DIR"

// TestMain is also the engine in a process of its own, to be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
		return
	}
	os.Exit(m.Run())
}

// child says where it listens, and lives for as long as its parent does.
func child(dir string) {
	e, err := engine.Start(context.Background(), engine.Config{Dir: dir, NoUI: true})
	if err != nil {
		slog.Error("child", "error", err)
		os.Exit(1)
	}
	fmt.Println(e.Address())
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// spawn starts an engine on dir; kill ends it without any farewell.
func spawn(t *testing.T, dir string) (address string, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = t.Output()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the child did not start: %v", err)
	}
	return strings.TrimSpace(line), func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

func TestKilledEngineGoesOn(t *testing.T) {
	const year = 365 * 24 * time.Hour
	dir := t.TempDir()

	address, kill := spawn(t, dir)
	c := dial(t, address)
	work(t, c)
	began := time.Now()
	if _, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "year", TaskQueue: queue}, Wait, year); err != nil {
		t.Fatal(err)
	}
	if err := clock.FastForward(t.Context(), c, "year", year/2); err != nil {
		t.Fatal(err)
	}
	kill()

	address, kill = spawn(t, dir)
	defer kill()
	c = dial(t, address)
	work(t, c)
	if now, err := clock.Now(t.Context(), c, "year"); err != nil || now.Before(began.Add(year/2)) {
		t.Fatalf("after the kill it is %s, %v; want half a year on", now, err)
	}
	if err := clock.FastForward(t.Context(), c, "year", year/2+time.Hour); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var ended time.Time
	if err := c.GetWorkflow(ctx, "year", "").Get(ctx, &ended); err != nil {
		t.Fatal(err)
	}
	if ended.Before(began.Add(year)) {
		t.Errorf("ended at %s, want a year after %s", ended, began)
	}
}

func TestOneEngineOnADirectory(t *testing.T) {
	dir := t.TempDir()
	_, kill := spawn(t, dir)
	defer kill()
	e, err := engine.Start(t.Context(), engine.Config{Dir: dir, NoUI: true})
	if err == nil {
		e.Stop()
		t.Fatal("a second engine started on the same directory")
	}
	t.Log(err)
	if !strings.Contains(err.Error(), dir) {
		t.Errorf("%q does not name the directory", err)
	}
}

func countRequest(query string) *workflowservice.CountWorkflowExecutionsRequest {
	return &workflowservice.CountWorkflowExecutionsRequest{Namespace: engine.Namespace, Query: query}
}

func mustNotExist(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s was touched", path)
	}
}
