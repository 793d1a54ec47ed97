package temporalserver_test

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

	"go.temporal.io/sdk/client"

	"countersign/dev/clock"
	"countersign/dev/temporalserver"
	"countersign/internal/eventually"
)

const childDir = "TEMPORALSERVER_TEST_CHILD_DIR"

// TestMain runs the tests, or a server in a child process that a test kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		runChild(dir)
		return
	}
	code := m.Run()
	stopShared()
	os.Exit(code)
}

// runChild prints the server's address and runs until the parent process exits.
func runChild(dir string) {
	s, err := temporalserver.Start(context.Background(), temporalserver.Options{Dir: dir, NoUI: true})
	if err != nil {
		slog.Error("child", "error", err)
		os.Exit(1)
	}
	fmt.Println(s.Address())
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// spawn starts a child process with a server on dir. kill sends SIGKILL.
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

func TestStart_ContinuesAfterKill(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	dir := t.TempDir()

	address, kill := spawn(t, dir)
	c := dial(t, address)
	work(t, c)
	began := time.Now()
	if _, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "year", TaskQueue: queue}, Wait, year); err != nil {
		t.Fatal(err)
	}
	if err := yearOf(c).FastForward(eventually.Context(t), year/2); err != nil {
		t.Fatal(err)
	}
	kill()

	address, kill = spawn(t, dir)
	defer kill()
	c = dial(t, address)
	work(t, c)
	if now, err := yearOf(c).Now(t.Context()); err != nil || now.Before(began.Add(year/2)) {
		t.Fatalf("after the kill the workflow's time is %s, %v; want half a year later", now, err)
	}
	if err := yearOf(c).FastForward(eventually.Context(t), year/2+time.Hour); err != nil {
		t.Fatal(err)
	}
	var ended time.Time
	if err := c.GetWorkflow(t.Context(), "year", "").Get(eventually.Context(t), &ended); err != nil {
		t.Fatal(err)
	}
	if ended.Before(began.Add(year)) {
		t.Errorf("ended at %s, want a year after %s", ended, began)
	}
}

func yearOf(c client.Client) clock.Workflow {
	return clock.Workflow{Client: c, Namespace: temporalserver.Namespace, ID: "year"}
}

func TestStart_RejectsFolderInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, kill := spawn(t, dir)
	defer kill()
	s, err := temporalserver.Start(t.Context(), temporalserver.Options{Dir: dir, NoUI: true})
	if err == nil {
		s.Stop()
		t.Fatal("a second server started on the same folder")
	}
	t.Log(err)
	if !strings.Contains(err.Error(), dir) {
		t.Errorf("%q does not name the folder", err)
	}
}

func mustNotExist(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s was created", path)
	}
}
