package harness

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"countersign/dev/stack"
	"countersign/internal/eventually"
)

// ChildSpec describes a child process.
type ChildSpec struct {
	// Role is "worker", "temporal", or "" for a whole stack with its own Temporal.
	Role string
	// Dir is the folder of the stack, or of Temporal.
	Dir string
	// Temporal is the server that a worker connects to.
	Temporal stack.Temporal
	// Port is the port that Temporal listens on.
	Port int
	// Crash names the point at which a worker kills itself: "before" or "after", the
	// name of an activity or "mail" in front of it; "" for none.
	Crash string
	// CrashAt has such a point for each of several workflow IDs. The worker holds each
	// execution at its point, and kills itself when all have reached theirs.
	CrashAt map[string]string
}

func (s ChildSpec) crashes() bool { return s.Crash != "" || len(s.CrashAt) > 0 }

// Child is this test binary, started again as a process that a test can kill.
type Child struct {
	T       *testing.T
	Command *exec.Cmd

	exited chan struct{}
	at     stack.Addresses
	dir    string
	output output
}

// Office returns a manager who uses the child's stack.
func (c *Child) Office() *Office {
	c.T.Helper()
	return NewOffice(c.T, c.at, DatabaseIn(c.dir), EncryptionKeysIn(c.T, c.dir))
}

// StartChild starts a child and waits until it is ready, or has exited if it shall
// crash.
func StartChild(t *testing.T, spec ChildSpec) *Child {
	t.Helper()
	if testing.Short() {
		t.Skip("-short skips tests that start processes of the product")
	}
	if spec.Role == "" {
		seedSQLite(t, spec.Dir)
	}
	encoded, err := json.Marshal(spec)
	NoError(t, err)
	c := &Child{T: t, Command: exec.Command(os.Args[0]), exited: make(chan struct{}), dir: spec.Dir}
	c.Command.Env = append(os.Environ(), childVariable+"="+string(encoded))
	c.Command.Stderr = &c.output
	c.Command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := c.Command.StdoutPipe()
	NoError(t, err)
	NoError(t, c.Command.Start())
	ready := make(chan string, 1)
	go c.read(out, ready)
	t.Cleanup(func() {
		c.Kill()
		c.output.showIfFailed(t, "the child "+spec.Role)
	})
	addresses := eventually.Receive(t, "the child is ready", ready)
	if addresses == "" {
		if !spec.crashes() {
			t.Fatal("the child exited before it was ready")
		}
		return c
	}
	NoError(t, json.Unmarshal([]byte(addresses), &c.at))
	return c
}

// read sends the line that a child prints when it is ready, and waits for its exit.
func (c *Child) read(out io.Reader, ready chan<- string) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if addresses, ok := strings.CutPrefix(lines.Text(), readyLine); ok {
			ready <- addresses
		}
	}
	c.Command.Wait()
	close(ready)
	close(c.exited)
}

// Kill kills the child and waits until it has exited.
func (c *Child) Kill() {
	c.Command.Process.Kill()
	<-c.exited
}

// Stop sends SIGTERM. It returns an error unless the child exits with 0.
func (c *Child) Stop() error {
	c.T.Helper()
	if err := c.Command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	eventually.Receive(c.T, "the child has stopped", c.exited)
	if !c.Command.ProcessState.Success() {
		return fmt.Errorf("stopped with %s", c.Command.ProcessState)
	}
	return nil
}

// MustStop is Stop for tests that need a clean shutdown. It fails the test otherwise.
func (c *Child) MustStop() {
	c.T.Helper()
	if err := c.Stop(); err != nil {
		c.T.Fatalf("the stack %v", err)
	}
}

// AwaitKilled waits until the child has killed itself at a point.
func (c *Child) AwaitKilled(point string) {
	c.T.Helper()
	eventually.Receive(c.T, "the child kills itself at "+point, c.exited)
	if status := c.Command.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
		c.T.Fatalf("%s: the child ended with %s", point, c.Command.ProcessState)
	}
}
