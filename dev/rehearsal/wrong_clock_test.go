package rehearsal_test

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

	"countersign/dev/harness"
	"countersign/dev/harness/load"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
)

var jumps = flag.Int("jumps", 3, "how often TestWrongClocks sets clocks")

// programWithClock is the product's program with a wall clock that is ahead by the
// seconds in a file. Go's monotonic clock stays right, as on a machine with a wrong
// wall clock.
//
// The changed standard library makes Go compile all packages of the program, which
// takes a third less time without optimizations. Its cache keeps the packages.
var programWithClock = sync.OnceValues(func() (string, error) {
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
		return "", fmt.Errorf("time.Now of this Go version does not contain %q", reads)
	}
	added, err := filepath.Abs(filepath.Join("testdata", "wrong_clock.go.txt"))
	if err != nil {
		return "", err
	}
	changed := filepath.Join(harness.ProgramDir, "time.go")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(source), reads, reads+"\tsec += wrongSeconds.Load()\n", 1)), 0o600); err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {
		filepath.Join(library, "time.go"): changed, filepath.Join(library, "wrong.go"): added,
	}})
	if err != nil {
		return "", err
	}
	list := filepath.Join(harness.ProgramDir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return "", err
	}
	return harness.Compile("wrong-clock", "-overlay", list, "-gcflags=all=-N -l")
})

// wallClock is the clock of one process.
type wallClock struct {
	t    *testing.T
	file string
}

// addClocks gives every process a clock that can be set.
func addClocks(s *harness.Site) map[*harness.Process]wallClock {
	s.T.Helper()
	dir, clocks := s.T.TempDir(), map[*harness.Process]wallClock{}
	for n, p := range s.Processes() {
		c := wallClock{s.T, filepath.Join(dir, fmt.Sprint(n))}
		c.set(0)
		p.Program = programWithClock
		p.Set("WRONG_CLOCK", c.file)
		clocks[p] = c
	}
	return clocks
}

// set sets the clock ahead of the right time, or behind it.
func (c wallClock) set(ahead time.Duration) {
	c.t.Helper()
	harness.NoError(c.t, os.WriteFile(c.file+".new", fmt.Append(nil, int64(ahead/time.Second)), 0o600))
	harness.NoError(c.t, os.Rename(c.file+".new", c.file))
}

// awaitClock waits until the process dates its responses by a clock that is so far
// ahead.
func awaitClock(p *harness.Process, want time.Duration) {
	p.T.Helper()
	eventually.OK(p.T, fmt.Sprintf("the clock of the %s is %s ahead", p.Role, want), func() error {
		response, err := http.Get(p.Admin + "/healthz")
		if err != nil {
			return err
		}
		response.Body.Close()
		date, err := http.ParseTime(response.Header.Get("Date"))
		if err != nil {
			return err
		}
		if ahead := time.Until(date); (ahead - want).Abs() > 5*time.Second {
			return fmt.Errorf("it is %s ahead", ahead)
		}
		return nil
	})
}

// unansweredTime is how long a mail stays unanswered. In that time the other worker
// gets its activity.
const unansweredTime = 4 * time.Second

// The clocks of an API process and of a worker are set forward and back while
// activations are in progress, customers answer and mails are sent. A process may
// reject a token as expired or not yet valid by its clock. Every other request
// succeeds, and every accepted activation reaches its expected state and is mailed
// once.
func TestWrongClocks(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	s := harness.NewSite(t)
	clocks := addClocks(s)
	s.StartBalanced("COUNTERSIGN_LIMIT_MAILS=0", "COUNTERSIGN_LIMIT_BAD_TOKENS=0")
	// An answer may wait for the mail that is held, and is retried.
	c := load.NewCallers(s, 100*time.Millisecond, "303", "401 token_expired", "401 token_invalid", load.OutcomeUnavailable)
	c.MaxActivations += *jumps * load.MaxActivations
	c.AllowUnconfirmedMail = true // a customer may answer before the delivery is recorded
	offsets := []time.Duration{3 * time.Hour, -10 * time.Minute, 24 * time.Hour, -3 * time.Hour, 10 * time.Minute, 0}
	c.Run(func() {
		for n := range *jumps {
			offset, held, other := offsets[n%len(offsets)], n%2, 1-n%2
			answer := s.Mail.Hold(held)
			for _, p := range []*harness.Process{s.APIs[0], s.Workers[other]} {
				clocks[p].set(offset)
				awaitClock(p, offset)
			}
			c.AwaitAccepted(3)
			time.Sleep(unansweredTime)
			answer()
			clocks[s.Workers[other]].set(0)
			c.AwaitAccepted(5)
		}
	})
	if found := c.WantConsistent(t); found.SentTwice > 0 || found.NeverSent > 0 {
		t.Errorf("%d invitations were mailed twice, %d never", found.SentTwice, found.NeverSent)
	}
}
