package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/time/rate"

	"countersign/internal/bootstrap"
	"countersign/internal/config"
	"countersign/ops"
)

// Connect connects to Temporal with the settings of an operator.
type Connect func(ctx context.Context, settings map[string]string) (c ops.Client, closeAll func(), err error)

// connect uses the settings in TEMPORAL_*.
func connect(ctx context.Context, settings map[string]string) (ops.Client, func(), error) {
	c, err := config.Load(config.Operator, settings)
	if err != nil {
		return nil, nil, err
	}
	temporal, closeAll, err := bootstrap.Operator(ctx, c)
	return temporal, closeAll, err
}

// opsCommand calls Temporal directly instead of the API.
func opsCommand(connect Connect) *cobra.Command {
	cmd := &cobra.Command{
		Use: "ops", Short: "Find stuck workflow executions; resend, retry, cancel or reset them; compare them with the database", GroupID: "roles",
		Long: "Jobs on many workflow executions. They call the Temporal server at TEMPORAL_* directly.\n\n" +
			"Select executions by the ID of the activation or workflow, or by a search. Without --yes a job changes\n" +
			"nothing and lists its effects. A stopped job can be repeated; it skips executions that are done.",
		Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(stuckCommand(connect),
		jobCommand(connect, ops.Resend, "Resend open invitations; older links stop working"),
		jobCommand(connect, ops.Retry, "Retry failed and paused activities now, with a new retry period"),
		jobCommand(connect, ops.Cancel, "Cancel executions and compensate their steps; active collaborations end immediately"),
		jobCommand(connect, ops.Reset, "Reset to the last completed workflow task, after a fix of the code or a termination"),
		reconcileCommand())
	return cmd
}

// opsCall is one call of a job with its flags.
type opsCall struct {
	connect Connect
	options ops.Options
	dryRun  bool
	rate    float64
	json    bool
	tally   map[ops.Outcome]int
	// none is what the summary says without a result; "" for no matching execution.
	none string
}

func (c *opsCall) flags(cmd *cobra.Command) {
	c.commonFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&c.options.Selection.Query, "query", "", "only executions that match this visibility query, such as \"StartTime < '2027-01-01T00:00:00Z'\"")
	f.StringSliceVar(&c.options.Selection.States, "state", nil, "only activations in these states")
	f.StringSliceVar(&c.options.Selection.Phases, "phase", nil, "only activations in these phases")
	f.IntVar(&c.options.Selection.Limit, "limit", 0, "maximum number of executions")
}

// commonFlags adds the flags of all commands.
func (c *opsCall) commonFlags(cmd *cobra.Command) {
	f := withConfigFlag(cmd).Flags()
	f.StringVar(&c.options.Selection.Office, "office", "", "only this office's activations")
	f.Float64Var(&c.rate, "rate", 10, "maximum executions per second")
	f.BoolVar(&c.json, "json", false, "print each result as a line of JSON")
}

// jobFlags adds the flags of jobs that change executions.
func (c *opsCall) jobFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&c.options.Confirmed, "yes", false, "apply the changes")
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "only list the effects, as without --yes")
}

func (c *opsCall) check(ids []string) error {
	c.options.Selection.IDs = ids
	if err := c.options.Selection.Validate(); err != nil {
		return usageError{err}
	}
	switch {
	case c.rate <= 0:
		return usageError{errors.New("--rate must be above zero")}
	case c.options.Confirmed && c.dryRun:
		return usageError{errors.New("--yes and --dry-run exclude each other")}
	}
	c.options.Limit = rate.NewLimiter(rate.Limit(c.rate), 1)
	c.tally = map[ops.Outcome]int{}
	return nil
}

func stuckCommand(connect Connect) *cobra.Command {
	c, thresholds := &opsCall{connect: connect}, ops.DefaultThresholds
	cmd := &cobra.Command{
		Use: "stuck [ID...]", Short: "Find executions that make no progress, with the reasons",
		Long: "Find executions with a failing workflow task or activity, with a task that waits for a worker, past their deadline,\nor with so long a history that they will soon accept no more commands.\nThe command describes every selected execution. It exits with 1 if one is stuck.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.check(args); err != nil {
				return err
			}
			return c.run(cmd, func(ctx context.Context, temporal ops.Client, report func(ops.Result) error) error {
				return ops.FindStuck(ctx, temporal, c.options, thresholds, time.Now(), report)
			})
		},
	}
	c.flags(cmd)
	cmd.Flags().IntVar(&thresholds.Attempts, "attempts", thresholds.Attempts, "attempt from which an activity counts as stuck")
	cmd.Flags().IntVar(&thresholds.Events, "events", thresholds.Events, "length of a history from which an execution counts as stuck")
	cmd.Flags().DurationVar(&thresholds.Wait, "patience", thresholds.Wait, "how long a task may wait for a worker, and an execution may be overdue")
	return cmd
}

func jobCommand(connect Connect, job ops.Job, short string) *cobra.Command {
	c, fromStart := &opsCall{connect: connect}, false
	cmd := &cobra.Command{
		Use: job.Name + " [ID...]", Short: short,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.check(args); err != nil {
				return err
			}
			if len(args) == 0 && c.options.Selection.IsUnlimited() {
				return usageError{errors.New("select executions: IDs, --query, --office, --state or --phase")}
			}
			if fromStart {
				if len(args) == 0 {
					return usageError{errors.New("--from-start repeats all steps: pass IDs")}
				}
				job = ops.ResetToStart
			}
			if c.options.Name == "" {
				c.options.Name = rand.Text()
			}
			return c.run(cmd, func(ctx context.Context, temporal ops.Client, report func(ops.Result) error) error {
				return job.Run(ctx, temporal, c.options, report)
			})
		},
	}
	c.flags(cmd)
	c.jobFlags(cmd)
	switch job.Name {
	case ops.Resend.Name:
		cmd.Flags().StringVar(&c.options.Name, "name", "", "idempotency key: an execution is resent once per name")
	case ops.Reset.Name:
		cmd.Flags().BoolVar(&fromStart, "from-start", false, "reset to the first workflow task, after the database lost the effects of these executions")
	}
	return cmd
}

// reconcileCommand needs the database and the keys, as a worker does.
func reconcileCommand() *cobra.Command {
	c, patience := &opsCall{none: "The database and Temporal agree."}, ops.DefaultThresholds.Wait
	cmd := &cobra.Command{
		Use: "reconcile [ID...]", Short: "Compare the database with Temporal, and repair the differences after one of them lost data",
		Long: "Compare the live activations and the open batches of the database with the workflow executions of Temporal.\n" +
			"An execution that Temporal lost starts again from the database; one that the database lost runs its steps\n" +
			"again. The command exits with 1 if a difference needs a person.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.check(args); err != nil {
				return err
			}
			settings, err := config.Load(config.Operator, settingsOf(cmd))
			if err != nil {
				return err
			}
			temporal, db, closeAll, err := bootstrap.Reconciler(cmd.Context(), settings)
			if err != nil {
				return err
			}
			defer closeAll()
			return c.finish(cmd, ops.Reconcile(cmd.Context(), ops.Repairs{Temporal: temporal}, db, c.options, patience, time.Now(), func(r ops.Result) error { return c.report(cmd, r) }))
		},
	}
	c.commonFlags(cmd)
	c.jobFlags(cmd)
	cmd.Flags().DurationVar(&patience, "patience", patience, "how long a row and its execution must be unchanged")
	return cmd
}

func (c *opsCall) run(cmd *cobra.Command, work func(context.Context, ops.Client, func(ops.Result) error) error) error {
	temporal, closeAll, err := c.connect(cmd.Context(), settingsOf(cmd))
	if err != nil {
		return err
	}
	defer closeAll()
	return c.finish(cmd, work(cmd.Context(), temporal, func(r ops.Result) error { return c.report(cmd, r) }))
}

// finish prints the summary, and returns an error if an execution needs a person.
func (c *opsCall) finish(cmd *cobra.Command, err error) error {
	c.printSummary(cmd, err != nil)
	if attention := c.tally[ops.Failed] + c.tally[ops.Stuck]; err == nil && attention > 0 {
		err = fmt.Errorf("%d workflow executions need attention", attention)
	}
	return err
}

func (c *opsCall) report(cmd *cobra.Command, r ops.Result) error {
	c.tally[r.Outcome]++
	if c.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(r)
	}
	kind := string(r.State)
	if kind == "" {
		kind = r.Type
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%-8s%s  %s  %s\n", r.Outcome, r.Name, kind, r.Why)
	return err
}

// printSummary prints the outcomes and the next step on standard error.
func (c *opsCall) printSummary(cmd *cobra.Command, stopped bool) {
	w := cmd.ErrOrStderr()
	for _, outcome := range []ops.Outcome{ops.Stuck, ops.Done, ops.Planned, ops.Skipped, ops.Failed} {
		if n := c.tally[outcome]; n > 0 {
			fmt.Fprintf(w, "%d %s. ", n, outcome)
		}
	}
	switch {
	case len(c.tally) == 0 && !stopped:
		fmt.Fprint(w, cmp.Or(c.none, "No matching workflow executions."))
	case c.tally[ops.Planned] > 0:
		fmt.Fprint(w, "Nothing was changed: repeat with --yes to apply.")
	case c.options.Confirmed && cmd.Flags().Lookup("name") != nil:
		fmt.Fprintf(w, "To continue the same job, add --name %s.", c.options.Name)
	}
	fmt.Fprintln(w)
}
