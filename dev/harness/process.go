package harness

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/internal/eventually"
)

// RetryPause is the time between two attempts of a client.
const RetryPause = 50 * time.Millisecond

// Process is one replica of a role, which a test stops and starts again.
type Process struct {
	T           *testing.T
	Role        string
	Environment []string
	// Program builds the executable once and returns its path.
	Program func() (string, error)
	// Address is the URL of the API, empty for a worker. Admin is the URL of metrics and
	// probes.
	Address, Admin string

	Command *exec.Cmd
	ended   chan struct{}
	Output  output // of every start
}

// Start starts the process and waits until it is ready.
func (p *Process) Start() {
	p.T.Helper()
	p.Launch()
	eventually.OK(p.T, "the "+p.Role+" is ready", func() error {
		select {
		case <-p.ended:
			p.T.Fatalf("the %s ended with %s", p.Role, p.Command.ProcessState)
		default:
		}
		if status := Status(p.Readiness()); status != http.StatusOK {
			return fmt.Errorf("%s answers %d", p.Readiness(), status)
		}
		return nil
	})
}

// Launch starts the process without waiting.
func (p *Process) Launch() {
	p.T.Helper()
	p.Command, p.ended = programCommand(p.T, context.Background(), p.Program, p.Environment, p.Role), make(chan struct{})
	p.Command.Stdout, p.Command.Stderr = &p.Output, &p.Output
	if err := p.Command.Start(); err != nil {
		p.T.Fatal(err)
	}
	go func(c *exec.Cmd, ended chan struct{}) { c.Wait(); close(ended) }(p.Command, p.ended)
}

// AwaitReadyWithin waits until the process is ready. It returns an error after the
// timeout, or if the process exits, for example because its database is unavailable.
func (p *Process) AwaitReadyWithin(within time.Duration) error {
	for end := time.Now().Add(within); Status(p.Readiness()) != http.StatusOK; time.Sleep(RetryPause) {
		select {
		case <-p.ended:
			return fmt.Errorf("ended with %s: %s", p.Command.ProcessState, p.Output.Tail())
		default:
		}
		if time.Now().After(end) {
			return fmt.Errorf("is not ready after %s", within)
		}
	}
	return nil
}

// Readiness returns the URL of the process's readiness probe.
func (p *Process) Readiness() string {
	if p.Address != "" {
		return p.Address + "/readyz"
	}
	return p.Admin + "/readyz"
}

// Status returns the HTTP status of a URL on a new connection, 0 without a response. The
// cookies are optional.
func Status(address string, cookies ...*http.Cookie) int {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return 0
	}
	for _, c := range cookies {
		request.AddCookie(c)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

// Stop sends SIGTERM and waits until the process has exited with 0.
func (p *Process) Stop() {
	p.T.Helper()
	p.Signal(syscall.SIGTERM)
	p.AwaitExit()
}

// AwaitExit waits until the process has exited with 0.
func (p *Process) AwaitExit() {
	p.T.Helper()
	eventually.Receive(p.T, "the "+p.Role+" has stopped", p.ended)
	if !p.Command.ProcessState.Success() {
		p.T.Errorf("the %s stopped with %s", p.Role, p.Command.ProcessState)
	}
}

// Kill sends SIGKILL and waits until the process has exited.
func (p *Process) Kill() {
	p.T.Helper()
	p.Signal(syscall.SIGKILL)
	<-p.ended
}

// Signal sends a signal.
func (p *Process) Signal(signal syscall.Signal) {
	p.T.Helper()
	if err := p.Command.Process.Signal(signal); err != nil {
		p.T.Fatalf("the %s: %v", p.Role, err)
	}
}

// Cleanup kills the process at the end of its test, and checks that it logged no
// address of a customer.
func (p *Process) Cleanup() {
	if p.Command == nil || p.Command.Process == nil {
		return
	}
	p.Command.Process.Kill()
	<-p.ended
	for line := range strings.Lines(p.Output.String()) {
		if strings.Contains(line, ClientDomain) {
			p.T.Errorf("the %s logged an address: %s", p.Role, line)
		}
	}
	p.Output.showIfFailed(p.T, "the "+p.Role)
}
