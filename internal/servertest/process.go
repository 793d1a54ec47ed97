package servertest

import (
	"bufio"
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

// guard runs a server, names its process, and waits for its own input to end:
// that happens when the tests are done with it, and also when they crash or
// are killed. Then it ends the server, frozen or not, and removes its folder.
const guard = `dir=$1; shift
"$@" >"$dir/log" 2>&1 </dev/null &
server=$!
echo $server
exec >&- 2>&-
cat >/dev/null
kill -INT $server
kill -CONT $server
wait $server
rm -rf "$dir"`

// process is a running server with a folder of its own.
type process struct {
	dir  string
	pid  int
	hold io.Closer
	done chan struct{}
}

// start runs a command under guard, as another user where one is given.
func start(dir string, as *syscall.Credential, command ...string) (*process, error) {
	cmd := exec.Command("/bin/sh", append([]string{"-c", guard, "guard", dir}, command...)...)
	cmd.Dir = dir
	// A group of its own: Ctrl-C ends the tests, which ends the guard in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as}
	hold, err := cmd.StdinPipe()
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
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", command[0], err)
	}
	p := &process{dir: dir, hold: hold, done: make(chan struct{})}
	go func() { cmd.Wait(); close(p.done) }()
	p.pid, err = strconv.Atoi(strings.TrimSpace(line))
	return p, err
}

// stop ends the server, and waits until its folder is gone.
func (p *process) stop() {
	p.hold.Close()
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

// skip says that a server is missing; it fails where skips are not allowed.
// Skip skips a test loudly, or fails it where skipping is not allowed: something
// that it needs is not installed.
func Skip(t testing.TB, server string) {
	t.Helper()
	if os.Getenv("COUNTERSIGN_ALLOW_SKIPS") == "0" {
		t.Fatalf("%s is not installed, and COUNTERSIGN_ALLOW_SKIPS=0", server)
	}
	t.Skipf("SKIPPED: %s is not installed, so nothing was tested here", server)
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
