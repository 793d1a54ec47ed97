package cli_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/ops"
)

const (
	firstID = collaboration.ActivationID("aaaaaaaaaaaaaaaaaaaa-aaaaaaaaaaaaaaaa")
	laterID = "aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb"
)

// healthy is a run that began a while ago.
func healthy(id string, state collaboration.State, age time.Duration) ops.Run {
	return ops.Run{ID: id, RunID: "run-" + id, Type: collaboration.WorkflowType, Status: ops.Running, State: state, StartedAt: time.Now().Add(-age)}
}

func with(r ops.Run, change func(*ops.Run)) ops.Run { change(&r); return r }

func TestStuckRunsAreFoundWithWhy(t *testing.T) {
	day := 24 * time.Hour
	ago := func(d time.Duration) time.Time { return time.Now().Add(-d) }
	activity := func(a ops.Activity) func(*ops.Run) {
		return func(r *ops.Run) { r.Activities = []ops.Activity{a} }
	}
	task := func(k ops.Task) func(*ops.Run) { return func(r *ops.Run) { r.Task = &k } }
	for name, tt := range map[string]struct {
		run     ops.Run
		flags   string
		expires time.Time
		want    string // "" for not stuck
	}{
		"waits":              {run: healthy("w", collaboration.AwaitingApproval, 29*day)},
		"serves":             {run: with(healthy("w", collaboration.Active, 400*day), func(r *ops.Run) { r.AgreementEnds = time.Now().Add(day) })},
		"at work":            {run: with(healthy("w", collaboration.Activating, time.Second), task(ops.Task{Attempt: 1, Since: ago(time.Second), Taken: true}))},
		"over":               {run: with(healthy("w", collaboration.Activating, 9*day), func(r *ops.Run) { r.Status = ops.Terminated })},
		"fails":              {run: with(healthy("w", collaboration.Active, day), task(ops.Task{Attempt: 7, Failure: "NonDeterministicError"})), want: "its workflow task fails: NonDeterministicError, attempt 7"},
		"no worker":          {run: with(healthy("w", collaboration.Active, day), task(ops.Task{Attempt: 1, Since: ago(3 * time.Hour)})), want: "no worker takes its workflow task, for 3 hours"},
		"tried twice":        {run: with(healthy("w", collaboration.Activating, time.Hour), activity(ops.Activity{Type: "SendInvitation", Attempt: 2, Since: ago(time.Minute)}))},
		"tried twice, asked": {run: with(healthy("w", collaboration.Activating, time.Hour), activity(ops.Activity{Type: "SendInvitation", Attempt: 2, Since: ago(time.Minute), Failure: "mail_unavailable"})), flags: "--attempts 2", want: "SendInvitation failed 1 times: mail_unavailable"},
		"tried often":        {run: with(healthy("w", collaboration.Activating, time.Hour), activity(ops.Activity{Type: "CheckTask", Attempt: 9, Since: ago(5 * day), Failure: "unavailable"})), want: "CheckTask failed 8 times: unavailable"},
		"paused":             {run: with(healthy("w", collaboration.Activating, time.Hour), activity(ops.Activity{Type: "CheckTask", Attempt: 1, Paused: true})), want: "CheckTask is paused"},
		"activity, no worker": {run: with(healthy("w", collaboration.Activating, time.Hour), activity(ops.Activity{Type: "CheckTask", Attempt: 1, Due: true, Since: ago(time.Hour)})),
			flags: "--patience 30m", want: "no worker takes CheckTask, for 1h0m0s"},
		"activating for days":   {run: healthy("w", collaboration.Activating, 3*day), want: "activating for 3 days"},
		"expired":               {run: healthy("w", collaboration.AwaitingApproval, 31*day), expires: ago(day), want: "its invitation expired 24 hours ago"},
		"resent":                {run: healthy("w", collaboration.AwaitingApproval, 31*day), expires: time.Now().Add(day)},
		"awaiting, no worker":   {run: healthy("w", collaboration.AwaitingApproval, 31*day), want: "no worker says until when"},
		"past its term":         {run: with(healthy("w", collaboration.Active, 400*day), func(r *ops.Run) { r.AgreementEnds = ago(3 * day) }), want: "its agreement's term ended 3 days ago"},
		"two reasons, one line": {run: with(healthy("w", collaboration.Activating, 3*day), activity(ops.Activity{Type: "CheckTask", Paused: true})), want: "CheckTask is paused; activating for 3 days"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeEngine{runs: []ops.Run{tt.run}, expires: tt.expires}
			code, stdout, stderr := f.run(t.Context(), t, "ops stuck "+tt.flags)
			if tt.want == "" {
				if code != 0 || stdout != "" || stderr != "No run is concerned.\n" {
					t.Errorf("exit code %d, %s%s", code, stdout, stderr)
				}
				return
			}
			if code != 1 || !strings.HasPrefix(stdout, "stuck   w  ") || !strings.Contains(stdout, tt.want) || !strings.HasPrefix(stderr, "1 stuck. ") || strings.Count(stdout, "\n") != 1 {
				t.Errorf("exit code %d, %s%s, want %q", code, stdout, stderr, tt.want)
			}
			if !f.left || len(f.did) > 0 {
				t.Errorf("left %v, did %q", f.left, f.did)
			}
		})
	}
}

// pool is some of everything.
func pool() []ops.Run {
	failing := healthy("failing", collaboration.Activating, time.Hour)
	failing.Activities = []ops.Activity{{ID: "5", Type: "CheckTask", Attempt: 4}, {ID: "6", Type: "SendLetter", Attempt: 1}}
	looping := with(healthy("looping", collaboration.AwaitingApproval, time.Hour), func(r *ops.Run) { r.Task = &ops.Task{Attempt: 3} })
	letter := with(healthy("letter", "", time.Hour), func(r *ops.Run) { r.Type = collaboration.LetterWorkflowType })
	terminated := with(healthy("terminated", collaboration.AwaitingApproval, time.Hour), func(r *ops.Run) { r.Status = ops.Terminated })
	asked := with(healthy("asked", collaboration.Active, time.Hour), func(r *ops.Run) { r.CancelAsked = true })
	first := with(healthy(firstID.WorkflowID(), collaboration.AwaitingApproval, time.Hour), func(r *ops.Run) { r.Activation = firstID })
	return []ops.Run{failing, looping, letter, terminated, asked, first}
}

func TestJobsActOnWhatFitsAndOnlyWhenSure(t *testing.T) {
	first := firstID.WorkflowID()
	for _, tt := range []struct {
		line   string
		broken string
		did    string // with --yes, comma between
		sum    string // with --yes
		code   int
		says   string // without
	}{
		{line: "ops retry --query StartTime>1", did: "retry 5 failing", sum: "1 done. 5 skipped. ", says: "would   failing  activating  now: [CheckTask]"},
		{line: "ops resend --state awaiting_approval --name monday", did: "resend monday looping,resend monday " + first, sum: "2 done. 4 skipped. To go on with the same job, add --name monday.", says: "a new invitation"},
		{line: "ops cancel --office office-1", did: "cancel failing,cancel looping,cancel letter,cancel " + first, sum: "4 done. 2 skipped. ", says: "skipped asked  active  it was cancelled before"},
		{line: "ops cancel --office office-1 --limit 2", did: "cancel failing,cancel looping", sum: "2 done. ", says: "what it made is undone"},
		{line: "ops cancel --office office-1", broken: "looping", did: "cancel failing,cancel letter,cancel " + first, sum: "3 done. 2 skipped. 1 failed. ", code: 1, says: "would   letter  LetterWorkflow  it stops"},
		{line: "ops reset looping terminated failing", did: "reset looping,reset terminated", sum: "2 done. 1 skipped. ", says: "skipped failing"},
		{line: "ops reset --from-start asked " + string(firstID), did: "reset to start asked,reset to start " + first, sum: "2 done. ", says: "goes through its steps again"},
		{line: "ops cancel " + string(firstID) + " " + first, did: "cancel " + first, sum: "1 done. ", says: "would   " + string(firstID)},
		{line: "ops cancel " + laterID, sum: "1 failed. ", code: 1, says: "carries a later activation, " + string(firstID)},
		{line: "ops cancel nobody looping", did: "cancel looping", sum: "1 done. 1 failed. ", code: 1, says: "failed  nobody  "},
		{line: "ops retry --query nonsense", did: "retry 5 failing", sum: "1 done. 5 skipped. ", code: 1, says: "now: [CheckTask]"},
	} {
		t.Run(tt.line, func(t *testing.T) {
			for _, dry := range []string{"", " --dry-run"} {
				f := &fakeEngine{runs: pool(), broken: tt.broken}
				_, stdout, stderr := f.run(t.Context(), t, tt.line+dry+" --rate 1000")
				if len(f.did) > 0 || !strings.Contains(stdout, tt.says) || strings.Contains(stdout, "done ") {
					t.Errorf("unsure: did %q, %s%s", f.did, stdout, stderr)
				}
			}
			f := &fakeEngine{runs: pool(), broken: tt.broken}
			code, stdout, stderr := f.run(t.Context(), t, tt.line+" --yes --rate 1000")
			if got := strings.Join(f.did, ","); code != tt.code || got != tt.did || !strings.HasPrefix(stderr, tt.sum) {
				t.Errorf("exit code %d, did %q, %s%s", code, got, stdout, stderr)
			}
		})
	}
}

func TestAJobThatIsStoppedSaysHowFarItCame(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	f := &fakeEngine{runs: pool(), after: stop}
	code, stdout, stderr := f.run(ctx, t, "ops cancel --office office-1 --yes")
	if code != 1 || !slices.Equal(f.did, []string{"cancel failing"}) || !strings.HasPrefix(stderr, "1 done. ") {
		t.Errorf("exit code %d, did %q, %s%s", code, f.did, stdout, stderr)
	}

	ctx, stop = context.WithCancel(t.Context())
	defer stop()
	f = &fakeEngine{runs: pool(), looking: stop}
	if code, stdout, _ := f.run(ctx, t, "ops stuck"); code != 1 || stdout != "" {
		t.Errorf("stopped while it looks: exit code %d, %s", code, stdout)
	}
}

func TestTheRateIsKept(t *testing.T) {
	f, began := &fakeEngine{runs: pool()}, time.Now()
	f.run(t.Context(), t, "ops stuck --rate 20")
	if took := time.Since(began); took < 250*time.Millisecond {
		t.Errorf("six runs at 20 a second took %s", took)
	}
}

func TestResultsAsJSON(t *testing.T) {
	f := &fakeEngine{runs: pool()}
	_, stdout, _ := f.run(t.Context(), t, "ops retry --json --office office-1")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	var r ops.Result
	if err := json.Unmarshal([]byte(lines[0]), &r); err != nil || len(lines) != len(pool()) || r.Outcome != ops.Would || r.ID != "failing" || r.State != collaboration.Activating {
		t.Errorf("%v, %d lines, %+v", err, len(lines), r)
	}
}

func TestWhatIsSearchedFor(t *testing.T) {
	ours := "WorkflowType IN ('ActivationWorkflow', 'LetterWorkflow', 'BatchWorkflow', 'WebhookWorkflow') AND ExecutionStatus IN ('Running'"
	for line, want := range map[string]string{
		"ops stuck":                              ours + ")",
		"ops stuck --office office-1":            ours + ") AND OfficeId = 'office-1'",
		"ops stuck --state active,ended":         ours + ") AND State IN ('active', 'ended')",
		"ops stuck --query A=1 --office o":       ours + ") AND OfficeId = 'o' AND (A=1)",
		"ops reset --query A=1":                  ours + ", 'Terminated', 'TimedOut') AND (A=1)",
		"ops cancel " + firstID.WorkflowID():     "",
		"ops stuck failing looping --attempts 9": "",
	} {
		f := &fakeEngine{}
		if f.run(t.Context(), t, line); f.query != want {
			t.Errorf("%s: %q, want %q", line, f.query, want)
		}
	}
}

func TestJobsCalledInAWrongWay(t *testing.T) {
	for line, want := range map[string]string{
		"ops cancel":                         "say which runs",
		"ops cancel --yes":                   "say which runs",
		"ops cancel x --office o":            "not both",
		"ops cancel x --yes --dry-run":       "not both",
		"ops reset --from-start --office o":  "name the runs",
		"ops cancel --from-start x":          "unknown flag",
		"ops cancel --state sad":             "no such state: sad",
		"ops cancel --office o'x":            "no quotes",
		"ops stuck --rate 0":                 "above zero",
		"ops terminate x":                    "accepts 0 arg(s)",
		"ops cancel x --name monday":         "unknown flag",
		"ops stuck --patience soon":          "invalid argument",
		"ops resend --name monday --limit a": "invalid argument",
	} {
		f := &fakeEngine{runs: pool()}
		if code, stdout, stderr := f.run(t.Context(), t, line); code != 2 || stdout != "" || !strings.Contains(stderr, want) || len(f.did) > 0 {
			t.Errorf("%s: exit code %d, %s%s", line, code, stdout, stderr)
		}
	}
}
