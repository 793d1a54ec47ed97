package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/time/rate"

	"countersign/internal/config"
	"countersign/ops"
	"countersign/roles"
)

// Connect reaches the engine that TEMPORAL_* names.
type Connect func(context.Context) (engine ops.Engine, leave func(), err error)

func connect(ctx context.Context) (ops.Engine, func(), error) {
	c, err := config.Load(config.Operator, environment())
	if err != nil {
		return nil, nil, err
	}
	engine, leave, err := roles.Operator(ctx, c)
	return engine, leave, err
}

// opsCommand is for those who run it: it goes past the API, to the engine.
func opsCommand(connect Connect) *cobra.Command {
	cmd := &cobra.Command{
		Use: "ops", Short: "Find runs that are stuck; resend, retry, cancel or reset many", GroupID: "roles",
		Long: "Common jobs across many runs, directly at the engine that TEMPORAL_* names.\n\n" +
			"Name runs by their activation's or workflow's id, or search for them. Nothing is done without --yes:\n" +
			"each job lists what it would do. One that was stopped can be begun again: what is done is left out.",
		Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(stuckCommand(connect),
		jobCommand(connect, ops.Resend, "Send open invitations again; older links stop working"),
		jobCommand(connect, ops.Retry, "Try failed and paused activities now, with all their time"),
		jobCommand(connect, ops.Cancel, "Cancel, which undoes; a running collaboration ends at once"),
		jobCommand(connect, ops.Reset, "Go back to the last good workflow task, once the code is mended or after a Terminate"))
	return cmd
}

// opsCall is one call of a job, as its flags say.
type opsCall struct {
	connect Connect
	order   ops.Order
	dry     bool
	rate    float64
	json    bool
	tally   map[ops.Outcome]int
}

func (c *opsCall) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.order.Selection.Query, "query", "", "only what this visibility query finds, such as \"StartTime < '2027-01-01T00:00:00Z'\"")
	f.StringVar(&c.order.Selection.Office, "office", "", "only this office's activations")
	f.StringSliceVar(&c.order.Selection.States, "state", nil, "only activations in these states")
	f.IntVar(&c.order.Selection.Limit, "limit", 0, "stop after so many runs")
	f.Float64Var(&c.rate, "rate", 10, "look at so many runs a second, at most")
	f.BoolVar(&c.json, "json", false, "print each result as one line of JSON")
}

// jobFlags are those of jobs that do something.
func (c *opsCall) jobFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&c.order.Sure, "yes", false, "do it")
	cmd.Flags().BoolVar(&c.dry, "dry-run", false, "only list what would be done, as without --yes")
}

func (c *opsCall) check(ids []string) error {
	c.order.Selection.IDs = ids
	if err := c.order.Selection.Check(); err != nil {
		return usageError{err}
	}
	switch {
	case c.rate <= 0:
		return usageError{errors.New("--rate must be above zero")}
	case c.order.Sure && c.dry:
		return usageError{errors.New("--yes or --dry-run: not both")}
	}
	c.order.Limit = rate.NewLimiter(rate.Limit(c.rate), 1)
	c.tally = map[ops.Outcome]int{}
	return nil
}

func stuckCommand(connect Connect) *cobra.Command {
	c, patience := &opsCall{connect: connect}, ops.DefaultPatience
	cmd := &cobra.Command{
		Use: "stuck [ID...]", Short: "Find runs that do not get on, and why",
		Long: "Find runs whose workflow task or activity fails, that no worker takes, or that wait longer than they may.\nIt looks at every run that is selected, and exits with 1 where some are stuck.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.check(args); err != nil {
				return err
			}
			return c.run(cmd, func(ctx context.Context, e ops.Engine, report func(ops.Result) error) error {
				return ops.FindStuck(ctx, e, c.order, patience, time.Now(), report)
			})
		},
	}
	c.flags(cmd)
	cmd.Flags().IntVar(&patience.Attempts, "attempts", patience.Attempts, "an activity is stuck from this attempt on")
	cmd.Flags().DurationVar(&patience.Wait, "patience", patience.Wait, "how long a task may wait for a worker, and a run past its time")
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
			if len(args) == 0 && c.order.Selection.Everything() {
				return usageError{errors.New("say which runs: ids, --query, --office or --state")}
			}
			if fromStart {
				if len(args) == 0 {
					return usageError{errors.New("--from-start does all over again: name the runs")}
				}
				job = ops.ResetToStart
			}
			if c.order.Name == "" {
				c.order.Name = rand.Text()
			}
			return c.run(cmd, func(ctx context.Context, e ops.Engine, report func(ops.Result) error) error {
				return job.Do(ctx, e, c.order, report)
			})
		},
	}
	c.flags(cmd)
	c.jobFlags(cmd)
	switch job.Name {
	case ops.Resend.Name:
		cmd.Flags().StringVar(&c.order.Name, "name", "", "a name for this job: a run that was asked under it is not asked again")
	case ops.Reset.Name:
		cmd.Flags().BoolVar(&fromStart, "from-start", false, "go back to the first workflow task: the facts have lost what these runs did")
	}
	return cmd
}

func (c *opsCall) run(cmd *cobra.Command, work func(context.Context, ops.Engine, func(ops.Result) error) error) error {
	engine, leave, err := c.connect(cmd.Context())
	if err != nil {
		return err
	}
	defer leave()
	err = work(cmd.Context(), engine, func(r ops.Result) error { return c.report(cmd, r) })
	c.sum(cmd, err != nil)
	if err == nil && c.tally[ops.Failed]+c.tally[ops.Stuck] > 0 {
		err = errNotAllWell
	}
	return err
}

// errNotAllWell says that a run is stuck, or that one could not be acted on.
var errNotAllWell = errors.New("not all is well")

func (c *opsCall) report(cmd *cobra.Command, r ops.Result) error {
	c.tally[r.Outcome]++
	if c.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(r)
	}
	what := string(r.State)
	if what == "" {
		what = r.Type
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%-8s%s  %s  %s\n", r.Outcome, r.Name, what, r.Why)
	return err
}

// sum says on the side how it went, and how to go on.
func (c *opsCall) sum(cmd *cobra.Command, stopped bool) {
	w := cmd.ErrOrStderr()
	for _, outcome := range []ops.Outcome{ops.Stuck, ops.Done, ops.Would, ops.Skipped, ops.Failed} {
		if n := c.tally[outcome]; n > 0 {
			fmt.Fprintf(w, "%d %s. ", n, outcome)
		}
	}
	switch {
	case len(c.tally) == 0 && !stopped:
		fmt.Fprint(w, "No run is concerned.")
	case c.tally[ops.Would] > 0:
		fmt.Fprint(w, "Nothing was done: repeat it with --yes.")
	case c.order.Sure && cmd.Flags().Lookup("name") != nil:
		fmt.Fprintf(w, "To go on with the same job, add --name %s.", c.order.Name)
	}
	fmt.Fprintln(w)
}
