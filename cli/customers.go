package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"countersign/client"
)

func customersCommand() *cobra.Command {
	var query string
	cmd := &cobra.Command{
		Use: "customers", Short: "List the office's customers", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var raw []byte
			list, err := newClient(answerWithin).ListCustomers(cmd.Context(), client.ListCustomersQuery{Q: query, Limit: 100}, client.Raw(&raw))
			if err != nil {
				return err
			}
			return show(cmd, raw, func(w io.Writer) {
				fmt.Fprintln(w, "ID\tNAME\tORGANISATION NUMBER\tOPEN TASKS\tSOLUTIONS")
				for _, c := range list.Items {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.ID, c.Name, c.OrganisationNumber, openTasks(c), solutions(c))
				}
				more(w, list.Next)
			})
		},
	}
	cmd.Flags().StringVar(&query, "query", "", "part of the name, or the start of the organisation number")
	return cmd
}

func openTasks(c client.Customer) string {
	var ids []string
	for _, t := range c.Tasks {
		if t.Open {
			ids = append(ids, t.ID)
		}
	}
	return strings.Join(ids, " ")
}

func solutions(c client.Customer) string {
	var ids []string
	for _, s := range c.Subscriptions {
		ids = append(ids, s.SolutionID)
	}
	return strings.Join(ids, " ")
}

func more(w io.Writer, next string) {
	if next != "" {
		fmt.Fprintln(w, "… and more")
	}
}
