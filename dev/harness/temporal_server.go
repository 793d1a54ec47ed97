package harness

import (
	"syscall"
	"testing"

	"countersign/dev/port"
)

// TemporalServer is a Temporal server in a separate process. A test can stop it and
// start it again on the same folder.
type TemporalServer struct {
	t       *testing.T
	Spec    ChildSpec
	Address string
	Child   *Child
}

// StartTemporalServer starts a server that stores its data in a folder of the test.
func StartTemporalServer(t *testing.T) *TemporalServer {
	t.Helper()
	number, err := port.Reserve(0, "")
	NoError(t, err)
	e := &TemporalServer{t: t, Spec: ChildSpec{Role: "temporal", Dir: t.TempDir(), Port: number}, Address: port.Address(number)}
	e.Start()
	return e
}

// Start starts the server and waits until it is ready.
func (e *TemporalServer) Start() {
	e.t.Helper()
	e.Child = StartChild(e.t, e.Spec)
}

// Stop stops the server with SIGTERM. It reports an error unless the server exits with 0.
func (e *TemporalServer) Stop() {
	e.t.Helper()
	if err := e.Child.Stop(); err != nil {
		e.t.Errorf("Temporal %v", err)
	}
}

// Kill sends SIGKILL and waits until the server has exited.
func (e *TemporalServer) Kill() { e.Child.Kill() }

// Freeze stops the process without closing its connections.
func (e *TemporalServer) Freeze() { e.signal(syscall.SIGSTOP) }

// Thaw continues a frozen process.
func (e *TemporalServer) Thaw() { e.signal(syscall.SIGCONT) }

func (e *TemporalServer) signal(signal syscall.Signal) {
	e.t.Helper()
	if err := e.Child.Command.Process.Signal(signal); err != nil {
		e.t.Errorf("Temporal: %v", err)
	}
}
