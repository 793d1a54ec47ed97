package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// product is the program that is shipped, built once for all tests.
var product = sync.OnceValues(func() (string, error) {
	return compile("countersign")
})

// productDir is there as long as the test program is.
var productDir string

func compile(name string, flags ...string) (path string, err error) {
	path = filepath.Join(productDir, name)
	build := exec.Command("go", slices.Concat([]string{"build", "-ldflags=-s -w", "-o", path}, flags, []string{"."})...)
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return path, nil
}

// run runs a command of the product to its end, with nothing in its
// environment but what is given.
func run(t *testing.T, environment []string, arguments ...string) (code int, said string) {
	t.Helper()
	product() // which may take its time
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := command(t, ctx, environment, arguments...).CombinedOutput()
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode(), string(out)
	} else if err != nil {
		t.Fatal(err)
	}
	return 0, string(out)
}

func command(t *testing.T, ctx context.Context, environment []string, arguments ...string) *exec.Cmd {
	t.Helper()
	return programCommand(t, ctx, product, environment, arguments...)
}

func programCommand(t *testing.T, ctx context.Context, program func() (string, error), environment []string, arguments ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(ctx, path, arguments...)
	c.Env = environment
	if c.Env == nil {
		c.Env = []string{} // nil would be ours
	}
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return c
}

// process is one replica of a role, which a test ends and starts again.
type process struct {
	t           *testing.T
	role        string
	environment []string
	program     func() (string, error) // built for all tests
	// address is where it serves, admin where it tells how it is. A worker
	// serves nothing.
	address, admin string

	command *exec.Cmd
	ended   chan struct{}
	said    output // by all its lives
}

// output can be read while it is written.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start waits until the process says that it is ready.
func (p *process) start() {
	p.t.Helper()
	p.launch()
	if err := p.awaitReady(20 * time.Second); err != nil {
		p.t.Fatalf("the %s %v", p.role, err)
	}
}

func (p *process) launch() {
	p.t.Helper()
	p.command, p.ended = programCommand(p.t, context.Background(), p.program, p.environment, p.role), make(chan struct{})
	p.command.Stdout, p.command.Stderr = &p.said, &p.said
	if err := p.command.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func(c *exec.Cmd, ended chan struct{}) { c.Wait(); close(ended) }(p.command, p.ended)
}

func (p *process) awaitReady(within time.Duration) error {
	for end := time.Now().Add(within); status(p.readiness()) != http.StatusOK; time.Sleep(10 * time.Millisecond) {
		select {
		case <-p.ended:
			return fmt.Errorf("ended with %s: %s", p.command.ProcessState, &p.said)
		default:
		}
		if time.Now().After(end) {
			return errors.New("is not ready")
		}
	}
	return nil
}

func (p *process) readiness() string {
	if p.address != "" {
		return p.address + "/readyz"
	}
	return p.admin + "/readyz"
}

// status is what an address answers on a new connection, 0 for no answer.
func status(address string) int {
	visitor := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	response, err := visitor.Get(address)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

// stop asks the process to stop, which it must do in order and in time.
func (p *process) stop(within time.Duration) {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	p.awaitEnd(within)
}

func (p *process) awaitEnd(within time.Duration) {
	p.t.Helper()
	began := time.Now()
	select {
	case <-p.ended:
	case <-time.After(within):
		p.t.Fatalf("the %s did not stop within %s", p.role, within)
	}
	p.t.Logf("the %s stopped in %s", p.role, time.Since(began).Round(time.Millisecond))
	if !p.command.ProcessState.Success() {
		p.t.Errorf("the %s stopped with %s", p.role, p.command.ProcessState)
	}
}

func (p *process) kill() {
	p.t.Helper()
	p.signal(syscall.SIGKILL)
	<-p.ended
}

func (p *process) signal(signal syscall.Signal) {
	p.t.Helper()
	if err := p.command.Process.Signal(signal); err != nil {
		p.t.Fatalf("the %s: %v", p.role, err)
	}
}

// clear ends the process with its test, and looks at what it wrote.
func (p *process) clear() {
	if p.command == nil || p.command.Process == nil {
		return
	}
	p.command.Process.Kill()
	<-p.ended
	for line := range strings.Lines(p.said.String()) {
		if strings.Contains(line, atClient) {
			p.t.Errorf("the %s wrote somebody's address: %s", p.role, line)
		}
	}
	if p.t.Failed() {
		p.t.Logf("the %s wrote:\n%s", p.role, &p.said)
	}
}
