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
			return fetch(cmd, func(raw client.Option) (*client.ListCustomer, error) {
				return newClient(requestTimeout).ListCustomers(cmd.Context(), client.ListCustomersQuery{Q: query, Limit: 100}, raw)
			}, printCustomers)
		},
	}
	cmd.Flags().StringVar(&query, "query", "", "part of the name, or the start of the organisation number")
	return cmd
}

func printCustomers(w io.Writer, list *client.ListCustomer) {
	fmt.Fprintln(w, "ID\tNAME\tORGANISATION NUMBER\tOPEN TASKS\tSOLUTIONS")
	for _, c := range list.Items {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.ID, c.Name, c.OrganisationNumber, openTasks(c), solutions(c))
	}
	printMore(w, list.Next)
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

// printMore prints a line if the list has a next page.
func printMore(w io.Writer, next string) {
	if next != "" {
		fmt.Fprintln(w, "… and more")
	}
}
