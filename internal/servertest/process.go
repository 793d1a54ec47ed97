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
	"time"
)

// guard runs a server, names its process, and then does what its own input says:
// a signal's name ends the server, "start" starts it again on what it left. The
// input ends when the tests are done with it, and also when they crash or are
// killed. Then the guard ends the server, frozen or not, and removes its folder.
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

// process is a server with a folder of its own.
type process struct {
	dir    string
	pid    int
	orders io.WriteCloser
	said   *bufio.Reader
	done   chan struct{}
}

// start runs a command under guard, as another user where one is given.
func start(dir string, as *syscall.Credential, command ...string) (*process, error) {
	cmd := exec.Command("/bin/sh", append([]string{"-c", guard, "guard", dir}, command...)...)
	cmd.Dir = dir
	// A group of its own: Ctrl-C ends the tests, which ends the guard in order.
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
	p := &process{dir: dir, orders: orders, said: bufio.NewReader(out), done: make(chan struct{})}
	err = p.named()
	go func() { cmd.Wait(); close(p.done) }()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", command[0], err)
	}
	return p, nil
}

// named reads the number of the process that has begun.
func (p *process) named() error {
	line, err := p.said.ReadString('\n')
	if err != nil {
		return err
	}
	p.pid, err = strconv.Atoi(strings.TrimSpace(line))
	return err
}

// end ends the server by a signal, and waits until it has ended. Its folder stays.
func (p *process) end(signal string) error {
	if _, err := fmt.Fprintln(p.orders, signal); err != nil {
		return err
	}
	_, err := p.said.ReadString('\n')
	return err
}

// again starts a server that was ended.
func (p *process) again() error {
	if _, err := fmt.Fprintln(p.orders, "start"); err != nil {
		return err
	}
	return p.named()
}

// signal reaches the server and the processes that it has for its clients: a frozen
// one begins no more of them.
func (p *process) signal(signal syscall.Signal) error {
	err := syscall.Kill(p.pid, signal)
	for _, child := range Children(p.pid) {
		if childErr := syscall.Kill(child, signal); childErr != syscall.ESRCH {
			err = errors.Join(err, childErr)
		}
	}
	return err
}

// Children are the processes that one has begun and that run; none where the system
// does not say.
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

// stop ends the server for good, and waits until its folder is gone.
func (p *process) stop() {
	p.orders.Close()
	<-p.done
}

// log is what the server said, for the error of a start that failed.
func (p *process) log() string {
	text, _ := os.ReadFile(filepath.Join(p.dir, "log"))
	return string(text)
}

// await tries until it works or ten seconds have passed.
func await(try func() error) error {
	deadline := time.Now().Add(10 * time.Second)
	for {
		err := try()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Skip skips a test loudly, or fails it where skipping is not allowed: something
// that it needs is missing.
func Skip(t testing.TB, server string) {
	t.Helper()
	if os.Getenv("COUNTERSIGN_ALLOW_SKIPS") == "0" {
		t.Fatalf("%s is missing, and COUNTERSIGN_ALLOW_SKIPS=0", server)
	}
	t.Skipf("SKIPPED: %s is missing, so nothing was tested here", server)
}

// find is a program in PATH, or the last that matches a pattern; "" for none.
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
