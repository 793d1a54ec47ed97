package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"countersign/client"
)

func formCommand() *cobra.Command {
	return &cobra.Command{
		Use: "form CUSTOMER SOLUTION", Short: "Show the effects and the fields of an activation", Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return fetch(cmd, func(raw client.Option) (*client.Form, error) {
				return newClient(requestTimeout).GetForm(cmd.Context(), args[0], args[1], raw)
			}, printForm)
		},
	}
}

func printForm(w io.Writer, form *client.Form) {
	fmt.Fprintf(w, "%s for %s\nScenario %s: %s\n", form.Solution.Name, form.CustomerName, form.Scenario, form.Explanation)
	if form.Kept != nil {
		fmt.Fprintln(w, strings.TrimSpace(form.Kept.Text+" "+form.Kept.VariantName))
	}
	for _, h := range form.Hindrances {
		fmt.Fprintf(w, "Blocked: %s\n", h.Message)
	}
	if form.LiveActivation != "" {
		fmt.Fprintf(w, "Already activated: countersign status %s\n", form.LiveActivation)
	}
	for _, f := range form.Fields {
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.Name, f.Label, choices(f))
	}
}

func choices(f client.Field) string {
	var all []string
	for _, c := range f.Choices {
		all = append(all, fmt.Sprintf("%s (%s)", c.Value, c.Label))
	}
	return strings.Join(all, ", ")
}
