package cli_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/collaboration"
	"countersign/internal/temporalx"
	"countersign/ops"
)

const (
	firstID = collaboration.ActivationID("aaaaaaaaaaaaaaaaaaaa-aaaaaaaaaaaaaaaa")
	laterID = "aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb"
)

// execution returns a running execution of an age, without pending tasks.
func execution(id string, state collaboration.State, age time.Duration) ops.Execution {
	return ops.Execution{ID: id, RunID: "run-" + id, Type: temporalx.ActivationWorkflowType, Status: ops.Running, State: state, StartedAt: time.Now().Add(-age)}
}

func with(r ops.Execution, change func(*ops.Execution)) ops.Execution { change(&r); return r }

// stuckCase is an execution and the reason for which it is reported.
type stuckCase struct {
	run     ops.Execution
	flags   string
	expires time.Time
	want    string // "" if it is not stuck
}

// stuckCases returns executions of different ages, measured from now.
func stuckCases() map[string]stuckCase {
	day := 24 * time.Hour
	ago := func(d time.Duration) time.Time { return time.Now().Add(-d) }
	activity := func(a ops.Activity) func(*ops.Execution) {
		return func(r *ops.Execution) { r.Activities = []ops.Activity{a} }
	}
	task := func(k ops.Task) func(*ops.Execution) { return func(r *ops.Execution) { r.Task = &k } }
	return map[string]stuckCase{
		"waits":                        {run: execution("w", collaboration.AwaitingApproval, 29*day)},
		"serves":                       {run: with(execution("w", collaboration.Active, 400*day), func(r *ops.Execution) { r.AgreementEnds = time.Now().Add(day) })},
		"at work":                      {run: with(execution("w", collaboration.Activating, time.Second), task(ops.Task{Attempt: 1, Since: ago(time.Second), Started: true}))},
		"over":                         {run: with(execution("w", collaboration.Activating, 9*day), func(r *ops.Execution) { r.Status = ops.Terminated })},
		"fails":                        {run: with(execution("w", collaboration.Active, day), task(ops.Task{Attempt: 7, Failure: "NonDeterministicError"})), want: "its workflow task fails: NonDeterministicError, attempt 7"},
		"no worker":                    {run: with(execution("w", collaboration.Active, day), task(ops.Task{Attempt: 1, Since: ago(3 * time.Hour)})), want: "its workflow task has waited 3 hours for a worker"},
		"tried twice":                  {run: with(execution("w", collaboration.Activating, time.Hour), activity(ops.Activity{Type: "SendInvitation", Attempt: 2, Since: ago(time.Minute)}))},
		"tried twice, lower threshold": {run: with(execution("w", collaboration.Activating, time.Hour), activity(ops.Activity{Type: "SendInvitation", Attempt: 2, Since: ago(time.Minute), Failure: "mail_unavailable"})), flags: "--attempts 2", want: "SendInvitation failed 1 times: mail_unavailable"},
		"tried often":                  {run: with(execution("w", collaboration.Activating, time.Hour), activity(ops.Activity{Type: "CheckTask", Attempt: 9, Since: ago(5 * day), Failure: "unavailable"})), want: "CheckTask failed 8 times: unavailable"},
		"paused":                       {run: with(execution("w", collaboration.Activating, time.Hour), activity(ops.Activity{Type: "CheckTask", Attempt: 1, Paused: true})), want: "CheckTask is paused"},
		"activity, no worker": {run: with(execution("w", collaboration.Activating, time.Hour), activity(ops.Activity{Type: "CheckTask", Attempt: 1, Due: true, Since: ago(time.Hour)})),
			flags: "--patience 30m", want: "CheckTask has waited 1h0m0s for a worker"},
		"activating for days":   {run: execution("w", collaboration.Activating, 3*day), want: "activating for 3 days"},
		"expired":               {run: execution("w", collaboration.AwaitingApproval, 31*day), expires: ago(day), want: "its invitation expired 24 hours ago"},
		"resent":                {run: execution("w", collaboration.AwaitingApproval, 31*day), expires: time.Now().Add(day)},
		"awaiting, no worker":   {run: execution("w", collaboration.AwaitingApproval, 31*day), want: "no worker answers the query"},
		"past its term":         {run: with(execution("w", collaboration.Active, 400*day), func(r *ops.Execution) { r.AgreementEnds = ago(3 * day) }), want: "its agreement's term ended 3 days ago"},
		"two reasons, one line": {run: with(execution("w", collaboration.Activating, 3*day), activity(ops.Activity{Type: "CheckTask", Paused: true})), want: "CheckTask is paused; activating for 3 days"},
	}
}

func TestOpsStuck_PrintsReasons(t *testing.T) {
	t.Parallel()
	for name := range stuckCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { stuckCases()[name].check(t) }) // stops the clock
		})
	}
}

func (tt stuckCase) check(t *testing.T) {
	t.Helper()
	f := &fakeTemporal{executions: []ops.Execution{tt.run}, expires: tt.expires}
	code, stdout, stderr := f.run(t.Context(), t, "ops stuck "+tt.flags)
	if tt.want == "" {
		if code != 0 || stdout != "" || stderr != "No matching workflow executions.\n" {
			t.Errorf("exit code %d, %s%s", code, stdout, stderr)
		}
		return
	}
	if code != 1 || !strings.HasPrefix(stdout, "stuck   w  ") || !strings.Contains(stdout, tt.want) || !strings.HasPrefix(stderr, "1 stuck. ") || strings.Count(stdout, "\n") != 1 {
		t.Errorf("exit code %d, %s%s, want %q", code, stdout, stderr, tt.want)
	}
	if !f.closed || len(f.actions) > 0 {
		t.Errorf("closed %v, actions %q", f.closed, f.actions)
	}
}

// mixedExecutions returns executions in different states.
func mixedExecutions() []ops.Execution {
	failing := execution("failing", collaboration.Activating, time.Hour)
	failing.Activities = []ops.Activity{{ID: "5", Type: "CheckTask", Attempt: 4}, {ID: "6", Type: "SendNotification", Attempt: 1}}
	looping := with(execution("looping", collaboration.AwaitingApproval, time.Hour), func(r *ops.Execution) { r.Task = &ops.Task{Attempt: 3} })
	notification := with(execution("notification", "", time.Hour), func(r *ops.Execution) { r.Type = temporalx.NotificationWorkflowType })
	terminated := with(execution("terminated", collaboration.AwaitingApproval, time.Hour), func(r *ops.Execution) { r.Status = ops.Terminated })
	cancelled := with(execution("cancelled", collaboration.Active, time.Hour), func(r *ops.Execution) { r.CancelRequested = true })
	first := with(execution(firstID.WorkflowID(), collaboration.AwaitingApproval, time.Hour), func(r *ops.Execution) { r.Activation = firstID })
	return []ops.Execution{failing, looping, notification, terminated, cancelled, first}
}

func TestOpsJobs_ChangeEligibleExecutionsAfterConfirmation(t *testing.T) {
	t.Parallel()
	first := firstID.WorkflowID()
	for _, tt := range []struct {
		line    string
		broken  string
		actions string // with --yes
		summary string // with --yes
		code    int
		plan    string // in the output without --yes
	}{
		{line: "ops retry --query StartTime>1", actions: "retry 5 failing", summary: "1 done. 5 skipped. ", plan: "planned failing  activating  retries now: [CheckTask]"},
		{line: "ops resend --state awaiting_approval --name monday", actions: "resend monday looping,resend monday " + first, summary: "2 done. 4 skipped. To continue the same job, add --name monday.", plan: "a new invitation"},
		{line: "ops cancel --office office-1", actions: "cancel failing,cancel looping,cancel notification,cancel " + first, summary: "4 done. 2 skipped. ", plan: "skipped cancelled  active  its cancellation was already requested"},
		{line: "ops cancel --office office-1 --limit 2", actions: "cancel failing,cancel looping", summary: "2 done. ", plan: "compensates its steps"},
		{line: "ops cancel --office office-1", broken: "looping", actions: "cancel failing,cancel notification,cancel " + first, summary: "3 done. 2 skipped. 1 failed. ", code: 1, plan: "planned notification  NotificationWorkflow  stops the execution"},
		{line: "ops reset looping terminated failing", actions: "reset looping,reset terminated", summary: "2 done. 1 skipped. ", plan: "skipped failing"},
		{line: "ops reset --from-start cancelled " + string(firstID), actions: "reset to start cancelled,reset to start " + first, summary: "2 done. ", plan: "all steps and commands run again"},
		{line: "ops cancel " + string(firstID) + " " + first, actions: "cancel " + first, summary: "1 done. ", plan: "planned " + string(firstID)},
		{line: "ops cancel " + laterID, summary: "1 failed. ", code: 1, plan: "has a later activation, " + string(firstID)},
		{line: "ops cancel unknown looping", actions: "cancel looping", summary: "1 done. 1 failed. ", code: 1, plan: "failed  unknown  "},
		{line: "ops retry --query nonsense", actions: "retry 5 failing", summary: "1 done. 5 skipped. ", code: 1, plan: "retries now: [CheckTask]"},
	} {
		t.Run(tt.line, func(t *testing.T) {
			t.Parallel()
			for _, dry := range []string{"", " --dry-run"} {
				f := &fakeTemporal{executions: mixedExecutions(), broken: tt.broken}
				_, stdout, stderr := f.run(t.Context(), t, tt.line+dry+" --rate 1000")
				if len(f.actions) > 0 || !strings.Contains(stdout, tt.plan) || strings.Contains(stdout, "done ") {
					t.Errorf("without --yes: actions %q, %s%s", f.actions, stdout, stderr)
				}
			}
			f := &fakeTemporal{executions: mixedExecutions(), broken: tt.broken}
			code, stdout, stderr := f.run(t.Context(), t, tt.line+" --yes --rate 1000")
			if got := strings.Join(f.actions, ","); code != tt.code || got != tt.actions || !strings.HasPrefix(stderr, tt.summary) {
				t.Errorf("exit code %d, actions %q, %s%s", code, got, stdout, stderr)
			}
		})
	}
}

func TestOpsCancel_PrintsSummaryWhenStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	f := &fakeTemporal{executions: mixedExecutions(), afterAction: stop}
	code, stdout, stderr := f.run(ctx, t, "ops cancel --office office-1 --yes")
	if code != 1 || !slices.Equal(f.actions, []string{"cancel failing"}) || !strings.HasPrefix(stderr, "1 done. ") {
		t.Errorf("exit code %d, actions %q, %s%s", code, f.actions, stdout, stderr)
	}

	ctx, stop = context.WithCancel(t.Context())
	defer stop()
	f = &fakeTemporal{executions: mixedExecutions(), beforeDescribe: stop}
	if code, stdout, _ := f.run(ctx, t, "ops stuck"); code != 1 || stdout != "" {
		t.Errorf("stopped while describing: exit code %d, %s", code, stdout)
	}
}

func TestOps_LimitsRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, start := &fakeTemporal{executions: mixedExecutions()}, time.Now()
		f.run(t.Context(), t, "ops stuck --rate 20")
		if took := time.Since(start); took != 250*time.Millisecond {
			t.Errorf("six executions at 20 per second took %s", took)
		}
	})
}

func TestOps_PrintsJSONLines(t *testing.T) {
	t.Parallel()
	f := &fakeTemporal{executions: mixedExecutions()}
	_, stdout, _ := f.run(t.Context(), t, "ops retry --json --office office-1")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	var r ops.Result
	if err := json.Unmarshal([]byte(lines[0]), &r); err != nil || len(lines) != len(mixedExecutions()) || r.Outcome != ops.Planned || r.ID != "failing" || r.State != collaboration.Activating {
		t.Errorf("%v, %d lines, %+v", err, len(lines), r)
	}
}

func TestOps_BuildsVisibilityQuery(t *testing.T) {
	t.Parallel()
	ours := "WorkflowType IN ('ActivationWorkflow', 'NotificationWorkflow', 'DirectoryMailWorkflow', 'AccessWorkflow', 'BatchWorkflow', 'WebhookWorkflow', 'RetentionWorkflow') AND ExecutionStatus IN ('Running'"
	for line, want := range map[string]string{
		"ops stuck":                              ours + ")",
		"ops stuck --office office-1":            ours + ") AND OfficeId = 'office-1'",
		"ops stuck --state active,ended":         ours + ") AND State IN ('active', 'ended')",
		"ops stuck --phase starts,terminated":    ours + ") AND Phase IN ('starts', 'terminated')",
		"ops stuck --query A=1 --office o":       ours + ") AND OfficeId = 'o' AND (A=1)",
		"ops reset --query A=1":                  ours + ", 'Terminated', 'TimedOut') AND (A=1)",
		"ops cancel " + firstID.WorkflowID():     "",
		"ops stuck failing looping --attempts 9": "",
	} {
		f := &fakeTemporal{}
		if f.run(t.Context(), t, line); f.query != want {
			t.Errorf("%s: %q, want %q", line, f.query, want)
		}
	}
}

func TestOps_ReadsConfigFile(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"ops stuck", "ops retry --office o"} {
		f := &fakeTemporal{}
		if code, _, stderr := f.run(t.Context(), t, line+" --config /etc/countersign/settings"); code != 0 || f.settings["COUNTERSIGN_CONFIG"] != "/etc/countersign/settings" {
			t.Errorf("%s: exit code %d, %s, %q", line, code, stderr, f.settings["COUNTERSIGN_CONFIG"])
		}
	}
}

// Without the keys an execution would start with plain payloads.
func TestOpsReconcile_RequiresDatabaseAndKeys(t *testing.T) {
	t.Parallel()
	f := &fakeTemporal{}
	code, _, stderr := f.run(t.Context(), t, "ops reconcile --yes")
	if code != 1 || !strings.Contains(stderr, "COUNTERSIGN_DATABASE_URL and COUNTERSIGN_ENCRYPTION_KEYS") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if code, _, stderr := f.run(t.Context(), t, "ops reconcile --rate 0"); code != 2 {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

func TestOps_RejectsInvalidCalls(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"ops cancel":                         "select executions",
		"ops cancel --yes":                   "select executions",
		"ops cancel x --office o":            "cannot be combined",
		"ops cancel x --yes --dry-run":       "exclude each other",
		"ops reset --from-start --office o":  "pass IDs",
		"ops cancel --from-start x":          "unknown flag",
		"ops cancel --state sad":             "unknown state: sad",
		"ops cancel --phase sad":             "unknown phase: sad",
		"ops cancel x --phase active":        "cannot be combined",
		"ops cancel --office o'x":            "no quotes",
		"ops stuck --rate 0":                 "above zero",
		"ops terminate x":                    "accepts 0 arg(s)",
		"ops cancel x --name monday":         "unknown flag",
		"ops stuck --patience soon":          "invalid argument",
		"ops resend --name monday --limit a": "invalid argument",
	} {
		f := &fakeTemporal{executions: mixedExecutions()}
		if code, stdout, stderr := f.run(t.Context(), t, line); code != 2 || stdout != "" || !strings.Contains(stderr, want) || len(f.actions) > 0 {
			t.Errorf("%s: exit code %d, %s%s", line, code, stdout, stderr)
		}
	}
}
