package rehearsal_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/stack"
	"countersign/internal/eventually"
)

// The stack's port is in use. Later its folder is lost and restored from a copy.
func portInUse(r *runbookScenario) {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		r.t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	dir := filepath.Join(r.t.TempDir(), ".countersign")
	const command = "go run ./dev"
	flags := fmt.Sprintf(" --port %d --inbox-port 0 --login-port 0 --temporal-port 0 --ui-port 0 --data %s", port, dir)
	r.see("`port … is in use`")
	refused := startDev(r.t, r.written(command, command, command+flags))
	if isRunning := refused.awaitWelcome(); isRunning || refused.command.ProcessState.Success() {
		r.t.Errorf("go run ./dev starts on a port that is in use")
	}
	if output := strings.Join(refused.output, ""); !strings.Contains(output, fmt.Sprintf("port %d is in use", port)) || !strings.Contains(output, "-port") {
		r.t.Errorf("go run ./dev prints %s", lastLines(output))
	}
	listener.Close()
	stop := r.runDev(r.written(command, command, command+flags))
	r.Office = r.devOffice(port)
	id := r.Activate(harness.Scenarios[2].Request)
	r.AwaitState(id, collaboration.AwaitingApproval)
	stop()

	if err := os.CopyFS(dir+".backup", os.DirFS(dir)); err != nil {
		r.t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Rename(dir+".backup", dir); err != nil {
		r.t.Fatal(err)
	}
	r.see("Backup and restore")
	defer r.runDev(r.written(command, command, command+flags))()
	r.AwaitState(id, collaboration.AwaitingApproval)
}

// devOffice returns the manager of a stack's first office.
func (r *runbookScenario) devOffice(port int) *harness.Office {
	return harness.NewOffice(r.t, stack.Addresses{API: fmt.Sprintf("http://localhost:%d", port)}, "", "")
}

// runDev runs the development stack and waits until it is ready.
func (r *runbookScenario) runDev(line string) (stop func()) {
	r.t.Helper()
	dev := startDev(r.t, line)
	if !dev.awaitWelcome() {
		r.t.Fatalf("%s has ended; its last lines:\n%s", line, lastLines(strings.Join(dev.output, "")))
	}
	return func() {
		syscall.Kill(-dev.command.Process.Pid, syscall.SIGINT) // Ctrl-C interrupts the whole process group
		dev.awaitEnd()
	}
}

// devProcess is a development stack that was started from the command line.
type devProcess struct {
	t       *testing.T
	command *exec.Cmd
	lines   chan string // with their ends; closed at the process's end
	output  []string    // the lines that were received
}

func startDev(t *testing.T, line string) *devProcess {
	t.Helper()
	p := &devProcess{t: t, command: exec.Command("sh", "-c", "exec "+line), lines: make(chan string, 1000)}
	p.command.Dir, p.command.Env = "../..", os.Environ()
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.command.Stdout, p.command.Stderr = writer, writer
	err = p.command.Start()
	writer.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL) })
	go func() {
		defer close(p.lines)
		defer reader.Close()
		for lines := bufio.NewScanner(reader); lines.Scan(); {
			p.lines <- lines.Text() + "\n"
		}
		p.command.Wait()
	}()
	return p
}

// awaitWelcome returns true when the stack is ready and false at its end. The wait
// for each line has a separate deadline: a first build takes minutes, and prints
// its progress.
func (p *devProcess) awaitWelcome() bool {
	p.t.Helper()
	for {
		line := p.nextLine()
		if line == "" || strings.HasPrefix(line, "Countersign is running.") {
			return line != ""
		}
	}
}

func (p *devProcess) awaitEnd() {
	p.t.Helper()
	for p.nextLine() != "" {
	}
}

// nextLine returns "" at the process's end.
func (p *devProcess) nextLine() string {
	p.t.Helper()
	line := eventually.Receive(p.t, "go run ./dev prints a line or ends", p.lines)
	p.output = append(p.output, line)
	return line
}
