package cli_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"countersign/cli"
)

// From an empty database: check says that there is no office, and the commands manage
// one.
func TestOffice_FromEmptyDatabase(t *testing.T) {
	settings(t)
	run := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if code := cli.Run(t.Context(), args, strings.NewReader(""), &out, &out); code != want {
			t.Fatalf("countersign %s: %d\n%s", strings.Join(args, " "), code, &out)
		}
		return out.String()
	}
	contains := func(got string, wants ...string) {
		t.Helper()
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in\n%s", want, got)
			}
		}
	}
	run(0, "migrate")
	contains(run(0, "check", "migrate"), "no office yet; add one: countersign office add NAME --manager EMAIL")
	contains(run(2, "office", "add", " ", "--locale", "fi"), "NAME is required", "--manager is required", "--locale must be sv or en")
	added := run(0, "office", "add", "Byrån", "--manager", "chef@byran.example")
	contains(added, "chef@byran.example can log in as its manager")
	id := regexp.MustCompile(`office-\w+`).FindString(added)
	contains(run(2, "office", "add", "Byrån 2", "--manager", "CHEF@byran.example"), "--manager is already an employee of an office")
	run(0, "office", "rename", id, "Byrån AB")
	run(0, "office", "deactivate", id)
	contains(run(0, "office", "list"), id+"  Byrån AB  sv      1          deactivated 20")
	run(0, "office", "activate", id)
	contains(run(0, "office", "list"), "active")
	contains(run(2, "office", "rename", "office-none", "B"), "there is no such office")
	contains(run(0, "check", "migrate"), "offices")
	if strings.Contains(run(0, "check", "migrate"), "no office yet") {
		t.Error("check does not see the office")
	}
}
