package e2e_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/dev/runbook"
	"countersign/dev/stack"
	"countersign/internal/servertest"
)

// rehearsal is one situation that the runbook is for. It brings the situation
// about, and does what stands at a place of the runbook, as it is written there.
type rehearsal struct {
	t    *testing.T
	site *site
	*office
	rehearsed map[runbook.Command]bool
	place     string
	activated *int // how many customers were asked
	// settings come after the site's own: the last of a name counts.
	settings []string
}

// see goes to a place: the beginning of what the operator sees, or a heading.
func (r *rehearsal) see(place string) {
	r.t.Helper()
	found := map[string]bool{}
	for command := range r.rehearsed {
		if strings.HasPrefix(command.Place, place) {
			found[command.Place] = true
		}
	}
	if len(found) != 1 {
		r.t.Fatalf("the runbook has commands at %d places that begin with %q", len(found), place)
	}
	for r.place = range found {
	}
}

// do runs a command that the runbook has at this place, with what its
// placeholders stand for, in pairs; it must exit with 0.
func (r *rehearsal) do(line string, fill ...string) (said string) {
	r.t.Helper()
	code, said := r.try(line, fill...)
	if code != 0 {
		r.t.Fatalf("%s: exit code %d: %s", line, code, said)
	}
	return said
}

// wants is do, and what it must say.
func (r *rehearsal) wants(want, line string, fill ...string) {
	r.t.Helper()
	if said := r.do(line, fill...); !strings.Contains(said, want) {
		r.t.Errorf("%s says %s, want %q", line, said, want)
	}
}

// awaits repeats a command until it says something: some of what can be known
// lags behind.
func (r *rehearsal) awaits(want, line string, fill ...string) {
	r.t.Helper()
	for end := time.Now().Add(40 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		_, said := r.try(line, fill...)
		if strings.Contains(said, want) {
			return
		}
		if time.Now().After(end) {
			r.t.Fatalf("%s says %s, want %q", line, said, want)
		}
	}
}

// placeholder is what an operator must fill in.
var placeholder = regexp.MustCompile(`\b(ID|CUSTOMER|ADMINISTRATOR|OFFICE|FILE|URL|DATE|TIME|EMAIL|LINK|NAME|KEY|OLD)\b`)

// try runs a command, whatever comes of it. What it says has single spaces.
func (r *rehearsal) try(line string, fill ...string) (code int, said string) {
	r.t.Helper()
	return r.shell(r.written(line, fill...))
}

// written is a command of this place, filled in.
func (r *rehearsal) written(line string, fill ...string) string {
	r.t.Helper()
	written := runbook.Command{Place: r.place, Line: line}
	if _, there := r.rehearsed[written]; !there {
		r.t.Fatalf("the runbook does not have %q at %q", line, r.place)
	}
	r.rehearsed[written] = true
	if left := placeholder.FindString(strings.NewReplacer(placeholders(fill)...).Replace(line)); left != "" {
		r.t.Fatalf("%s: what is %s?", line, left)
	}
	for i := 0; i < len(fill); i += 2 {
		if !strings.Contains(line, fill[i]) {
			r.t.Fatalf("%s has no %s", line, fill[i])
		}
	}
	return strings.NewReplacer(fill...).Replace(line)
}

// placeholders takes out of a line what is filled in.
func placeholders(fill []string) (gone []string) {
	for i := 0; i < len(fill); i += 2 {
		gone = append(gone, fill[i], "")
	}
	return gone
}

// shell is an operator's, with both roles' settings and a token.
func (r *rehearsal) shell(script string) (code int, said string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "sh", "-c", script)
	c.Env = append(r.operator(), r.settings...)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := c.CombinedOutput()
	if exit, ok := err.(*exec.ExitError); ok {
		code = exit.ExitCode()
	} else if err != nil {
		r.t.Fatal(err)
	}
	return code, regexp.MustCompile(` +`).ReplaceAllString(string(out), " ")
}

func (r *rehearsal) operator() []string {
	r.t.Helper()
	program, err := product()
	if err != nil {
		r.t.Fatal(err)
	}
	path := []string{filepath.Dir(program), filepath.Dir(servertest.PostgresProgram(r.t, "pg_dump")), os.Getenv("PATH")}
	return append(append(r.site.workers[0].environment, r.site.apis[0].environment...),
		"PATH="+strings.Join(path, ":"), "HOME="+os.Getenv("HOME"),
		"COUNTERSIGN_URL="+r.at.API, "COUNTERSIGN_TOKEN="+stack.ManagerToken)
}

// activate asks the next customer, who was not asked before.
func (r *rehearsal) activateNext() (id collaboration.ActivationID, email string) {
	r.t.Helper()
	*r.activated++
	email = fmt.Sprintf("person%d%s", *r.activated, atClient)
	return r.activate(r.requestFor(*r.activated-1, email)), email
}

// invite has the next customer invited.
func (r *rehearsal) invite() (id collaboration.ActivationID, email string) {
	r.t.Helper()
	id, email = r.activateNext()
	r.await(id, collaboration.AwaitingApproval)
	return id, email
}

// link is the address in the latest mail to somebody.
func (r *rehearsal) link(email string) string {
	r.t.Helper()
	mails := r.site.mail.mails(email)
	if len(mails) == 0 {
		r.t.Fatalf("no mail to %s", email)
	}
	return mails[len(mails)-1].link
}
