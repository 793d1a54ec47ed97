package collaboration_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"countersign/collaboration"
)

var update = flag.Bool("update", false, "write the generated table and diagram into docs/workflow.md")

// lifecycleTable returns the lifecycle as a Markdown table: a row for each command, with
// the states that may follow, or the code of the rejection.
func lifecycleTable() string {
	states := slices.DeleteFunc(collaboration.States(), func(s collaboration.State) bool { return s != collaboration.Ended && !s.IsLive() })
	var b strings.Builder
	b.WriteString("| |")
	for _, s := range states {
		fmt.Fprintf(&b, " %s |", s)
	}
	b.WriteString("\n|" + strings.Repeat(" --- |", len(states)+1) + "\n")
	for _, c := range append(collaboration.Commands(), collaboration.WorkflowEvents()...) {
		fmt.Fprintf(&b, "| %s |", c)
		for _, s := range states {
			fmt.Fprintf(&b, " %s |", lifecycleCell(s, c))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func lifecycleCell(s collaboration.State, c collaboration.Command) string {
	var next []string
	for _, n := range collaboration.States() {
		if s.Follows(c, n) {
			next = append(next, strings.Replace(string(n), string(s), "stays", 1))
		}
	}
	switch {
	case len(next) > 0:
		return strings.Join(next, ", ")
	case slices.Contains(collaboration.WorkflowEvents(), c):
		return "–"
	default:
		return "`" + string(s.Refusal(c)) + "`"
	}
}

// lifecycleDiagram returns the lifecycle as a Mermaid state diagram.
func lifecycleDiagram() string {
	var b strings.Builder
	b.WriteString("```mermaid\nstateDiagram-v2\n    [*] --> activating\n")
	for _, s := range collaboration.States() {
		for _, next := range collaboration.States() {
			var causes []string
			for _, c := range append(collaboration.Commands(), collaboration.WorkflowEvents()...) {
				if s != next && s.Follows(c, next) {
					causes = append(causes, strings.Trim(string(c), "()"))
				}
			}
			if len(causes) > 0 {
				fmt.Fprintf(&b, "    %s --> %s: %s\n", s, next, strings.Join(causes, ", "))
			}
		}
		if !s.IsLive() {
			fmt.Fprintf(&b, "    %s --> [*]\n", s)
		}
	}
	b.WriteString("```\n")
	return b.String()
}

// The documents contain the lifecycle's table and diagram. Replays read the lifecycle for
// recorded Signals: a changed cell needs workflow.GetVersion, unless it only allows more
// (see docs/workflow.md).
func TestLifecycle_IsDocumented(t *testing.T) {
	t.Parallel()
	for _, part := range []struct{ file, name, want string }{
		{"../docs/workflow.md", "lifecycle", lifecycleTable()},
		{"../docs/workflow.md", "lifecycle diagram", lifecycleDiagram()},
	} {
		begin, end := "<!-- "+part.name+" -->\n", "<!-- /"+part.name+" -->"
		raw, err := os.ReadFile(part.file)
		if err != nil {
			t.Fatal(err)
		}
		before, rest, _ := strings.Cut(string(raw), begin)
		documented, after, ok := strings.Cut(rest, end)
		if !ok {
			t.Fatalf("%s has no section %q", part.file, part.name)
		}
		if *update {
			if err := os.WriteFile(part.file, []byte(before+begin+part.want+end+after), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if documented != part.want {
			t.Errorf("%s documents\n%swant\n%s", part.file, documented, part.want)
		}
	}
}

// Every rejected command has a code of the catalogue.
func TestLifecycle_RefusalHasReason(t *testing.T) {
	t.Parallel()
	for _, c := range collaboration.Commands() {
		for _, s := range collaboration.States() {
			code := s.Refusal(c)
			switch {
			case s.Allows(c) != (code == ""):
				t.Errorf("%s in %s: allowed %v, rejected with %q", c, s, s.Allows(c), code)
			case s.Allows(c) && !s.IsLive():
				t.Errorf("%s is allowed in %s", c, s)
			case code != "" && !code.Known():
				t.Errorf("%s in %s: unknown code %q", c, s, code)
			}
		}
	}
	for command, want := range map[collaboration.Command]collaboration.Code{
		collaboration.CommandDecide: collaboration.CodeAlreadyDecided, collaboration.CommandEnd: collaboration.CodeNotActive,
	} {
		if got := collaboration.Ended.Refusal(command); got != want {
			t.Errorf("%s after the end: %s, want %s", command, got, want)
		}
	}
}

// The workflow reads these rules when it replays. A failing case means: executions that
// run now would replay differently. Version the change with workflow.GetVersion, and then
// change the case (see docs/workflow.md).
func TestReplayed_RulesArePinned(t *testing.T) {
	t.Parallel()
	paused := true
	all := collaboration.Change{TaskID: "t", Period: &collaboration.Period{}, RemindersPaused: &paused, AgreementMonths: 3, InvoiceRecipient: collaboration.PaidByOffice}
	for state, want := range map[collaboration.State]string{
		collaboration.Activating: "", collaboration.AwaitingApproval: "", collaboration.Active: "period reminders_paused",
	} {
		var fields []string
		for _, f := range all.Inapplicable(state) {
			fields = append(fields, f.Field)
		}
		if got := strings.Join(fields, " "); got != want {
			t.Errorf("in %s the fields %q are inapplicable, want %q", state, got, want)
		}
	}
	g := collaboration.Agreement{StartsOn: collaboration.Date{Year: 2027, Month: 1, Day: 31}, Months: 3, Term: 1, Renews: true}
	if got := fmt.Sprint(g.EndsOn(), g.Renewed().EndsOn(), g.Continues(), g.Ends().UTC()); got != "2027-04-30 2027-07-31 true 2027-04-29 22:00:00 +0000 UTC" {
		t.Errorf("an agreement: %s", got)
	}
	longer := g
	longer.Term, longer.TermOffsetMonths, longer.NextMonths = 2, 9, 12
	if got := fmt.Sprint(longer.EndsOn(), longer.Renewed().EndsOn(), longer.Renewed().NextMonths); got != "2028-04-30 2029-04-30 0" {
		t.Errorf("an agreement with a longer first term: %s", got)
	}
	noticed := g
	noticed.Renews = false
	dated := g
	dated.EndOn = collaboration.Date{Year: 2027, Month: 3, Day: 1}
	if got := fmt.Sprint(noticed.Continues(), noticed.EndsOn(), dated.Continues(), dated.EndsOn()); got != "false 2027-04-30 false 2027-03-01" {
		t.Errorf("an agreement that ends: %s", got)
	}
	rules := collaboration.Rules{InvitationLifetime: 30 * 24, NoticeDays: 30}
	if got := rules.NoticeAt(g).UTC().String(); got != "2027-03-30 22:00:00 +0000 UTC" {
		t.Errorf("the notification before a term's end: %s", got)
	}
	for period, want := range map[collaboration.StartRule]string{collaboration.OnApproval: "2027-01-31", collaboration.NextMonth: "2027-02-01", collaboration.ChosenMonth: "2027-05-01"} {
		p := collaboration.Period{Start: period, Month: collaboration.Date{Year: 2027, Month: 5, Day: 1}}
		if got := p.StartOn(g.StartsOn).String(); got != want {
			t.Errorf("%s: starts on %s, want %s", period, got, want)
		}
	}
}

func TestState_MayFollowsLifecycle(t *testing.T) {
	t.Parallel()
	allowed := map[[2]collaboration.State]bool{}
	for _, from := range []collaboration.State{collaboration.Activating, collaboration.AwaitingApproval} {
		for _, to := range []collaboration.State{collaboration.Active, collaboration.Declined, collaboration.Expired, collaboration.Withdrawn, collaboration.Failed} {
			allowed[[2]collaboration.State{from, to}] = true
		}
	}
	allowed[[2]collaboration.State{collaboration.Activating, collaboration.AwaitingApproval}] = true
	allowed[[2]collaboration.State{collaboration.Active, collaboration.Ended}] = true
	allowed[[2]collaboration.State{collaboration.Active, collaboration.Failed}] = true // before the start
	for _, from := range collaboration.States() {
		for _, to := range collaboration.States() {
			if got := from.May(to); got != allowed[[2]collaboration.State{from, to}] {
				t.Errorf("%s to %s: %v", from, to, got)
			}
		}
	}
	live := 0
	for _, s := range collaboration.States() {
		if s.IsLive() {
			live++
		}
		if s.IsPending() && !s.IsLive() {
			t.Errorf("%s is pending but not live", s)
		}
	}
	if live != 3 {
		t.Errorf("%d live states", live)
	}
}
