package e2e_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var jumps = flag.Int("jumps", 3, "how often clocks jump in TestClocksJump")

// wrongProduct is the program that is shipped, but for the standard library's wall
// clock, which is ahead by what a file says. The clock by which Go measures how
// long something took stays right, as a machine's does.
var wrongProduct = sync.OnceValues(func() (string, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	library := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	source, err := os.ReadFile(filepath.Join(library, "time.go"))
	if err != nil {
		return "", err
	}
	const reads = "sec, nsec, mono := runtimeNow()\n"
	if strings.Count(string(source), reads) != 1 {
		return "", fmt.Errorf("this Go reads the clock otherwise")
	}
	added, err := filepath.Abs(filepath.Join("testdata", "wrong_clock.go.txt"))
	if err != nil {
		return "", err
	}
	changed := filepath.Join(productDir, "time.go")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(source), reads, reads+"\tsec += wrongSeconds.Load()\n", 1)), 0o600); err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {
		filepath.Join(library, "time.go"): changed, filepath.Join(library, "wrong.go"): added,
	}})
	if err != nil {
		return "", err
	}
	list := filepath.Join(productDir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return "", err
	}
	return compile("wrong-clock", "-overlay", list)
})

// wallClock is a process's own.
type wallClock struct {
	t    *testing.T
	file string
}

// wrongClocks gives every process a clock that can be set.
func (s *site) wrongClocks() map[*process]wallClock {
	s.t.Helper()
	dir, clocks := s.t.TempDir(), map[*process]wallClock{}
	for n, p := range s.processes() {
		c := wallClock{s.t, filepath.Join(dir, fmt.Sprint(n))}
		c.be(0)
		p.program = wrongProduct
		p.set("WRONG_CLOCK", c.file)
		clocks[p] = c
	}
	return clocks
}

// be puts the clock ahead of the right time, or behind it.
func (c wallClock) be(ahead time.Duration) {
	c.t.Helper()
	must(c.t, os.WriteFile(c.file+".new", fmt.Append(nil, int64(ahead/time.Second)), 0o600))
	must(c.t, os.Rename(c.file+".new", c.file))
}

// wantAhead finds the process's clock where it was put, as its answers are dated.
func (p *process) wantAhead(want time.Duration) {
	p.t.Helper()
	var got time.Duration
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(again) {
		response, err := http.Get(p.admin + "/healthz")
		if err != nil {
			continue
		}
		response.Body.Close()
		dated, err := http.ParseTime(response.Header.Get("Date"))
		must(p.t, err)
		if got = time.Until(dated); (got - want).Abs() < 5*time.Second {
			return
		}
	}
	p.t.Fatalf("the clock of the %s is %s ahead, want %s", p.role, got, want)
}

// takesOver is when the other worker has asked for a mail of which the first one
// hears nothing.
const takesOver = 4 * time.Second

// The clocks of an api and of a worker jump, forward and back, while activations are
// under way, customers answer and mails go out. Whose clock is wrong may refuse who
// shows it a token that it holds for expired, or not yet valid; else nobody notices,
// and everything that was accepted is right, and mailed once.
func TestClocksJump(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	clocks := s.wrongClocks()
	s.openBalanced("COUNTERSIGN_LIMIT_MAILS=0", "COUNTERSIGN_LIMIT_BAD_TOKENS=0")
	// An answer may wait for the mail that is held, and is tried again.
	c := newCallers(s, 100*time.Millisecond, "303", "401 unauthenticated", unavailable)
	c.most += *jumps * most
	c.mayLose = true // a customer may answer before it is known that the mail was taken
	ahead := []time.Duration{3 * time.Hour, -10 * time.Minute, 24 * time.Hour, -3 * time.Hour, 10 * time.Minute, 0}
	c.run(func() {
		for n := range *jumps {
			ahead, late, other := ahead[n%len(ahead)], n%2, 1-n%2
			answer := s.mail.hold(late)
			for _, p := range []*process{s.apis[0], s.workers[other]} {
				clocks[p].be(ahead)
				p.wantAhead(ahead)
			}
			c.awaitAccepted(3)
			time.Sleep(takesOver)
			answer()
			clocks[s.workers[other]].be(0)
			c.awaitAccepted(5)
		}
	})
	if found := c.wantRight(t); found.twice > 0 || found.unsent > 0 {
		t.Errorf("%d invitations were mailed twice, %d never", found.twice, found.unsent)
	}
}
