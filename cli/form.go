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
		Use: "form CUSTOMER SOLUTION", Short: "Show what Activate will do and asks for", Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var raw []byte
			form, err := newClient(answerWithin).GetForm(cmd.Context(), args[0], args[1], client.Raw(&raw))
			if err != nil {
				return err
			}
			return show(cmd, raw, func(w io.Writer) {
				fmt.Fprintf(w, "%s for %s\nScenario %s: %s\n", form.Solution.Name, form.CustomerName, form.Scenario, form.Explanation)
				if form.Kept != nil {
					fmt.Fprintln(w, strings.TrimSpace(form.Kept.Text+" "+form.Kept.VariantName))
				}
				for _, h := range form.Hindrances {
					fmt.Fprintf(w, "Hindrance: %s\n", h.Message)
				}
				if form.LiveActivation != "" {
					fmt.Fprintf(w, "Already live: countersign status %s\n", form.LiveActivation)
				}
				for _, f := range form.Fields {
					fmt.Fprintf(w, "%s\t%s\t%s\n", f.Name, f.Label, choices(f))
				}
			})
		},
	}
}

func choices(f client.Field) string {
	var all []string
	for _, c := range f.Choices {
		all = append(all, fmt.Sprintf("%s (%s)", c.Value, c.Label))
	}
	return strings.Join(all, ", ")
}
