package rehearsal_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/runbook"
	"countersign/internal/eventually"
	"countersign/internal/servertest"
)

// runbookScenario brings a situation about, and runs the commands that the runbook
// has for it. A place of the runbook is the row or heading that contains a command.
type runbookScenario struct {
	t    *testing.T
	site *harness.Site
	*harness.Office
	rehearsed map[runbook.Command]bool
	place     string
	activated *int // the number of customers with an activation
	// settings follow the site's own. The last setting of a name is effective.
	settings []string
}

// see selects the place that begins with a text. It must be the only one.
func (r *runbookScenario) see(place string) {
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

// do runs a command of this place, with pairs of a placeholder and its value. The
// command must exit with 0.
func (r *runbookScenario) do(line string, values ...string) (output string) {
	r.t.Helper()
	code, output := r.try(line, values...)
	if code != 0 {
		r.t.Fatalf("%s: exit code %d: %s", line, code, output)
	}
	return output
}

// wants is like do, and the output must contain a text.
func (r *runbookScenario) wants(want, line string, values ...string) {
	r.t.Helper()
	if output := r.do(line, values...); !strings.Contains(output, want) {
		r.t.Errorf("%s prints %s, want %q", line, output, want)
	}
}

// awaits repeats a command until its output contains a text: Temporal's visibility
// and the database lag behind.
func (r *runbookScenario) awaits(want, line string, values ...string) {
	r.t.Helper()
	eventually.OK(r.t, fmt.Sprintf("%s prints %q", line, want), func() error {
		if _, output := r.try(line, values...); !strings.Contains(output, want) {
			return fmt.Errorf("it prints %s", output)
		}
		return nil
	})
}

// placeholder matches the placeholders that an operator replaces.
var placeholder = regexp.MustCompile(`\b(ID|CUSTOMER|ADMINISTRATOR|OFFICE|FILE|URL|DATE|TIME|EMAIL|LINK|NAME|KEY|OLD)\b`)

// try runs a command of this place. It replaces several spaces in the output by one.
func (r *runbookScenario) try(line string, values ...string) (code int, output string) {
	r.t.Helper()
	return r.shell(r.written(line, values...))
}

// written returns a command of this place with values for its placeholders, and
// counts it as rehearsed.
func (r *runbookScenario) written(line string, values ...string) string {
	r.t.Helper()
	written := runbook.Command{Place: r.place, Line: line}
	if _, exists := r.rehearsed[written]; !exists {
		r.t.Fatalf("the runbook does not have %q at %q", line, r.place)
	}
	r.rehearsed[written] = true
	if missing := placeholder.FindString(strings.NewReplacer(removals(values)...).Replace(line)); missing != "" {
		r.t.Fatalf("%s: no value for %s", line, missing)
	}
	for i := 0; i < len(values); i += 2 {
		if !strings.Contains(line, values[i]) {
			r.t.Fatalf("%s does not contain %s", line, values[i])
		}
	}
	return strings.NewReplacer(values...).Replace(line)
}

// removals returns replacements that remove each placeholder that has a value.
func removals(values []string) (replacements []string) {
	for i := 0; i < len(values); i += 2 {
		replacements = append(replacements, values[i], "")
	}
	return replacements
}

// shell runs a script in an operator's environment.
func (r *runbookScenario) shell(script string) (code int, output string) {
	r.t.Helper()
	c := exec.CommandContext(eventually.Context(r.t), "sh", "-c", script)
	c.Env = append(r.operatorEnvironment(), r.settings...)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := c.CombinedOutput()
	if exit, ok := err.(*exec.ExitError); ok {
		code = exit.ExitCode()
	} else if err != nil {
		r.t.Fatal(err)
	}
	return code, regexp.MustCompile(` +`).ReplaceAllString(string(out), " ")
}

// operatorEnvironment has the settings of both roles, a token, and the programs that
// the runbook uses.
func (r *runbookScenario) operatorEnvironment() []string {
	r.t.Helper()
	program, err := harness.Program()
	if err != nil {
		r.t.Fatal(err)
	}
	path := []string{filepath.Dir(program), filepath.Dir(servertest.PostgresProgram(r.t, "pg_dump")), os.Getenv("PATH")}
	return append(append(r.site.Workers[0].Environment, r.site.APIs[0].Environment...),
		"PATH="+strings.Join(path, ":"), "HOME="+os.Getenv("HOME"),
		"COUNTERSIGN_URL="+r.At.API, "COUNTERSIGN_TOKEN="+r.Token)
}

// activateNext requests an activation for the next customer.
func (r *runbookScenario) activateNext() (id collaboration.ActivationID, email string) {
	r.t.Helper()
	*r.activated++
	email = fmt.Sprintf("person%d%s", *r.activated, harness.ClientDomain)
	return r.Activate(r.RequestFor(*r.activated-1, email)), email
}

// invite activates for the next customer and waits until the invitation is sent.
func (r *runbookScenario) invite() (id collaboration.ActivationID, email string) {
	r.t.Helper()
	id, email = r.activateNext()
	r.AwaitState(id, collaboration.AwaitingApproval)
	return id, email
}

// link returns the link in the latest invitation to an address.
func (r *runbookScenario) link(email string) string {
	r.t.Helper()
	for _, m := range slices.Backward(r.site.Mail.To(email)) {
		if m.Link != "" {
			return m.Link
		}
	}
	r.t.Fatalf("no invitation was sent to %s", email)
	return ""
}
