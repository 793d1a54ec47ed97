package e2e_test

import (
	"fmt"
	"syscall"
	"testing"

	"countersign/dev/engine"
)

// engineServer is an engine in a process of its own, on a folder, that a test
// takes away and brings back.
type engineServer struct {
	t       *testing.T
	order   childOrder
	address string
	running *child
}

func startEngine(t *testing.T) *engineServer {
	t.Helper()
	port := freePort(t)
	e := &engineServer{t: t, order: childOrder{Role: "engine", Dir: t.TempDir(), Port: port}, address: loopback(port)}
	e.Start()
	return e
}

func (e *engineServer) Start() {
	e.t.Helper()
	e.running = startChild(e.t, e.order)
}

func (e *engineServer) Stop() {
	e.t.Helper()
	if err := e.running.stop(); err != nil {
		e.t.Errorf("the engine %v", err)
	}
}

func (e *engineServer) Kill() { e.running.kill() }

func (e *engineServer) Freeze() { e.signal(syscall.SIGSTOP) }

func (e *engineServer) Thaw() { e.signal(syscall.SIGCONT) }

func (e *engineServer) signal(signal syscall.Signal) {
	e.t.Helper()
	if err := e.running.command.Process.Signal(signal); err != nil {
		e.t.Errorf("the engine: %v", err)
	}
}

// freePort is one that nobody is given by the system.
func freePort(t *testing.T) int {
	t.Helper()
	port, err := engine.Reserve(0, "")
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
