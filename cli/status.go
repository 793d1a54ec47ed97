package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/client"
	"countersign/collaboration"
)

func statusCommand() *cobra.Command {
	var follow bool
	cmd := &cobra.Command{
		Use: "status ACTIVATION", Short: "Show where an activation stands, and what happened", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			err := showStatus(cmd, args[0], follow)
			if follow && cmd.Context().Err() != nil {
				return nil // whoever stops following has seen enough
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&follow, "follow", false, "go on showing it until it is over")
	return cmd
}

// showStatus shows each version of an activation once.
func showStatus(cmd *cobra.Command, id string, follow bool) error {
	api, seen := newClient(answerWithin), -1
	for {
		var raw []byte
		a, err := api.GetActivation(cmd.Context(), id, client.Raw(&raw))
		if err != nil {
			return err
		}
		if a.Version != seen {
			seen = a.Version
			if err := show(cmd, raw, func(w io.Writer) { showActivation(w, a) }); err != nil {
				return err
			}
		}
		if !follow || !collaboration.State(a.State).Live() {
			return nil
		}
		select {
		case <-cmd.Context().Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

func showActivation(w io.Writer, a *client.Activation) {
	fmt.Fprintf(w, "Activation\t%s\nState\t%s\n", a.ID, a.State)
	if a.CustomerID != "" {
		fmt.Fprintf(w, "Customer\t%s (%s)\nSolution\t%s\n", a.CustomerName, a.CustomerID, strings.TrimSpace(a.SolutionName+" "+a.Variant))
		fmt.Fprintf(w, "Task\t%s\nPaid by\t%s\n", a.TaskName, a.InvoiceRecipient)
	}
	if a.Failure != nil {
		fmt.Fprintf(w, "Failed\t%s (%s)\n", a.Failure.Message, a.Failure.Code)
	}
	if i := a.Invitation; i != nil {
		fmt.Fprintf(w, "Invitation\tno. %d to %s, %s, open until %s\n", i.Generation, i.Email, i.Delivery, local(i.ExpiresAt))
	}
	if d := a.Decision; d != nil {
		fmt.Fprintf(w, "Answer\t%s %s\n", d.Outcome, local(d.At))
	}
	if g := a.Agreement; g != nil {
		then := "then renews"
		if !g.Continues {
			then = "then ends"
		} else if g.NextMonths != 0 {
			then += fmt.Sprintf(" for %d months", g.NextMonths)
		}
		fmt.Fprintf(w, "Agreement\tfrom %s, term %d of %d months until %s, %s\n", g.StartsOn, g.Term, g.Months, g.EndsOn, then)
	}
	if len(a.Access) > 0 {
		fmt.Fprintf(w, "Access\t%s\n", strings.Join(a.Access, ", "))
	}
	if r := a.Reminders; r != nil && (r.Paused || r.Suspended) {
		why := "paused"
		if r.Suspended {
			why = "stopped: the invitation bounced, correct the address"
		}
		fmt.Fprintf(w, "Reminders\t%s\n", why)
	}
	for _, next := range a.Ahead {
		fmt.Fprintf(w, "Ahead\t%s  %s\n", local(next.At), next.Text)
	}
	for _, e := range a.Events {
		fmt.Fprintf(w, "%s\t%s\t%s\n", local(e.At), e.Text, e.By)
	}
}

func local(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(collaboration.Stockholm).Format("2006-01-02 15:04")
}
