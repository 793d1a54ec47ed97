package e2e_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"countersign/collaboration"
	"countersign/dev/stack"
)

// Something else listens where the stack shall; later its folder is lost, and
// the copy of it is put back.
func aPortIsTaken(r *rehearsal) {
	taken, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		r.t.Fatal(err)
	}
	port := taken.Addr().(*net.TCPAddr).Port
	dir := filepath.Join(r.t.TempDir(), ".countersign")
	const stackHere = "go run ./dev"
	flags := fmt.Sprintf(" --port %d --inbox-port 0 --login-port 0 --temporal-port 0 --ui-port 0 --data %s", port, dir)
	r.see("`port … is taken`")
	if code, said := r.try(stackHere, stackHere, "cd ../.. && "+stackHere+flags); code == 0 || !strings.Contains(said, fmt.Sprintf("port %d is taken", port)) || !strings.Contains(said, "-port") {
		r.t.Errorf("exit code %d: %s", code, said)
	}
	taken.Close()
	stop := r.runDev(r.written(stackHere, stackHere, stackHere+flags))
	r.office = &office{t: r.t, at: stack.Addresses{API: fmt.Sprintf("http://localhost:%d", port)}, token: stack.ManagerToken}
	id := r.activate(requests[2].request)
	r.await(id, collaboration.AwaitingApproval)
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
	defer r.runDev(r.written(stackHere, stackHere, stackHere+flags))()
	r.await(id, collaboration.AwaitingApproval)
}

// runDev waits for the welcome.
func (r *rehearsal) runDev(line string) (stop func()) {
	r.t.Helper()
	c := exec.Command("sh", "-c", "exec "+line)
	c.Dir, c.Env = "../..", os.Environ()
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	out, err := c.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		r.t.Fatal(err)
	}
	welcome, ended := make(chan struct{}, 1), make(chan struct{})
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "Countersign is running.") {
				welcome <- struct{}{}
			}
		}
		c.Wait()
		close(ended)
	}()
	stop = func() {
		syscall.Kill(-c.Process.Pid, syscall.SIGINT) // Ctrl-C is for the whole group
		<-ended
	}
	select {
	case <-welcome:
	case <-ended:
		r.t.Fatalf("%s ended", line)
	case <-time.After(2 * time.Minute):
		stop()
		r.t.Fatalf("%s does not welcome anybody", line)
	}
	return stop
}
