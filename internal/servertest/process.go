package servertest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"countersign/internal/eventually"
)

// guard runs a server, prints its process ID, and then executes the lines of its input: a
// signal's name ends the server, "start" starts it again with the same data. The input ends
// when the tests end, crash or are killed. Then guard ends the server, even if it is
// frozen, and removes its directory.
const guard = `dir=$1; shift
begin() { "$@" >>"$dir/log" 2>&1 </dev/null & server=$!; echo $server; }
thaw() { kill -CONT $server $(cat /proc/$server/task/*/children 2>/dev/null) 2>/dev/null; }
end() { kill -$1 $server; thaw; wait $server; server=; }
begin "$@"
while read -r order; do
	case $order in
	start) begin "$@";;
	*) end $order; echo ended;;
	esac
done
exec >&-
[ -z "$server" ] || end INT
rm -rf "$dir"`

// process is a server with its own directory.
type process struct {
	name   string
	dir    string
	pid    int
	orders io.WriteCloser
	said   *bufio.Reader
	done   chan struct{}
}

// start runs a command under guard, optionally as another user.
func start(dir string, as *syscall.Credential, command ...string) (*process, error) {
	cmd := exec.Command("/bin/sh", append([]string{"-c", guard, "guard", dir}, command...)...)
	cmd.Dir = dir
	// Ctrl-C must not reach this process group: guard ends the server after the tests.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as}
	orders, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{name: filepath.Base(command[0]), dir: dir, orders: orders, said: bufio.NewReader(out), done: make(chan struct{})}
	err = p.readPID()
	go func() { cmd.Wait(); close(p.done) }()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", command[0], err)
	}
	return p, nil
}

// readPID reads the ID of the started process.
func (p *process) readPID() error {
	line, err := p.said.ReadString('\n')
	if err != nil {
		return err
	}
	p.pid, err = strconv.Atoi(strings.TrimSpace(line))
	return err
}

// end ends the server with a signal and waits for it. Its directory remains.
func (p *process) end(signal string) error {
	if _, err := fmt.Fprintln(p.orders, signal); err != nil {
		return err
	}
	_, err := p.said.ReadString('\n')
	return err
}

// restart starts a server that was ended.
func (p *process) restart() error {
	if _, err := fmt.Fprintln(p.orders, "start"); err != nil {
		return err
	}
	return p.readPID()
}

// signal sends a signal to the server and its child processes.
func (p *process) signal(signal syscall.Signal) error {
	err := syscall.Kill(p.pid, signal)
	for _, child := range Children(p.pid) {
		if childErr := syscall.Kill(child, signal); childErr != syscall.ESRCH {
			err = errors.Join(err, childErr)
		}
	}
	return err
}

// Children returns the running child processes of a process. It returns none on systems
// without /proc.
func Children(pid int) (all []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, child := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(child); err == nil {
				all = append(all, pid)
			}
		}
	}
	return all
}

// stop ends the server and waits until its directory is removed.
func (p *process) stop() {
	p.orders.Close()
	<-p.done
}

// await waits until the server answers. A server that has exited fails the test
// at once; both failures show the end of the server's log.
func (p *process) await(t testing.TB, answers func() error) {
	t.Helper()
	eventually.OK(t, p.name+" answers", func() error {
		err := answers()
		if p.hasExited() { // another server may answer at its address
			t.Fatalf("%s has exited; its log ends with:\n%s", p.name, p.logEnd())
		}
		if err != nil {
			return fmt.Errorf("%w; its log ends with:\n%s", err, p.logEnd())
		}
		return nil
	})
}

// hasExited reports whether the server's process is gone, or a zombie that guard
// has not reaped.
func (p *process) hasExited() bool {
	if errors.Is(syscall.Kill(p.pid, 0), syscall.ESRCH) {
		return true
	}
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	_, state, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(state, "Z")
}

// logLines is how much of a server's log a failure shows.
const logLines = 30

// logEnd returns the last lines of the server's log.
func (p *process) logEnd() string {
	text, _ := os.ReadFile(filepath.Join(p.dir, "log"))
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-logLines):], "\n")
}

// Skip skips a test without its installed server, or fails it if skips are not allowed.
func Skip(t testing.TB, server string) {
	t.Helper()
	if os.Getenv("COUNTERSIGN_ALLOW_SKIPS") == "0" {
		t.Fatalf("%s is missing, and COUNTERSIGN_ALLOW_SKIPS=0", server)
	}
	t.Skipf("SKIPPED: %s is not installed", server)
}

// find returns a program in PATH, or the last match of a pattern, or "".
func find(name, pattern string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, _ := filepath.Glob(pattern)
	if len(found) == 0 {
		return ""
	}
	return slices.Max(found)
}
