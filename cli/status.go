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
		Use: "status ACTIVATION", Short: "Show the status and the events of an activation", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			err := showStatus(cmd, args[0], follow)
			if follow && cmd.Context().Err() != nil {
				return nil // Ctrl-C ends --follow without an error
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&follow, "follow", false, "print every change until the activation is closed")
	return cmd
}

// showStatus prints each version of an activation once.
func showStatus(cmd *cobra.Command, id string, follow bool) error {
	api, printed := newClient(requestTimeout), -1
	return poll(cmd.Context(), func() (done bool, err error) {
		var raw []byte
		a, err := api.GetActivation(cmd.Context(), id, client.Raw(&raw))
		if err != nil {
			return false, err
		}
		if a.Version != printed {
			printed = a.Version
			err = show(cmd, raw, func(w io.Writer) { printActivation(w, a) })
		}
		return !follow || !collaboration.State(a.State).IsLive(), err
	})
}

func printActivation(w io.Writer, a *client.Activation) {
	fmt.Fprintf(w, "Activation\t%s\nState\t%s\n", a.ID, a.State)
	if a.CustomerID != "" {
		fmt.Fprintf(w, "Customer\t%s (%s)\nSolution\t%s\n", a.CustomerName, a.CustomerID, strings.TrimSpace(a.SolutionName+" "+a.Variant))
		fmt.Fprintf(w, "Task\t%s\nInvoice recipient\t%s\n", a.TaskName, a.InvoiceRecipient)
	}
	if a.Failure != nil {
		fmt.Fprintf(w, "Failed\t%s (%s)\n", a.Failure.Message, a.Failure.Code)
	}
	if i := a.Invitation; i != nil {
		fmt.Fprintf(w, "Invitation\tno. %d to %s, %s, open until %s\n", i.Generation, i.Email, i.Delivery, formatTime(i.ExpiresAt))
	}
	if d := a.Decision; d != nil {
		fmt.Fprintf(w, "Answer\t%s %s\n", d.Outcome, formatTime(d.At))
	}
	if g := a.Agreement; g != nil {
		next := "then renews"
		if !g.Continues {
			next = "then ends"
		} else if g.NextMonths != 0 {
			next += fmt.Sprintf(" for %d months", g.NextMonths)
		}
		fmt.Fprintf(w, "Agreement\tfrom %s, term %d of %d months until %s, %s\n", g.StartsOn, g.Term, g.Months, g.EndsOn, next)
	}
	if len(a.Access) > 0 {
		fmt.Fprintf(w, "Access\t%s\n", strings.Join(a.Access, ", "))
	}
	if r := a.Reminders; r != nil && (r.Paused || r.Suspended) {
		status := "paused"
		if r.Suspended {
			status = "stopped: the invitation bounced, correct the address"
		}
		fmt.Fprintf(w, "Reminders\t%s\n", status)
	}
	for _, event := range a.Upcoming {
		fmt.Fprintf(w, "Upcoming\t%s  %s\n", formatTime(event.At), event.Text)
	}
	for _, e := range a.Events {
		fmt.Fprintf(w, "%s\t%s\t%s\n", formatTime(e.At), e.Text, e.By)
	}
}

// formatTime formats a time in Stockholm's zone; "-" for the zero time.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(collaboration.Stockholm).Format("2006-01-02 15:04")
}
