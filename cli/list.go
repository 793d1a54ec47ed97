package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"countersign/client"
)

func listCommand() *cobra.Command {
	var states, phases []string
	query := client.ListActivationsQuery{Limit: 100}
	cmd := &cobra.Command{
		Use: "list", Short: "List activations, newest first", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, s := range states {
				query.State = append(query.State, client.State(s))
			}
			for _, p := range phases {
				query.Phase = append(query.Phase, client.Phase(p))
			}
			return fetch(cmd, func(raw client.Option) (*client.ListActivation, error) {
				return newClient(requestTimeout).ListActivations(cmd.Context(), query, raw)
			}, printActivations)
		},
	}
	cmd.Flags().StringSliceVar(&states, "state", nil, "only these states")
	cmd.Flags().StringSliceVar(&phases, "phase", nil, "only these phases, which divide the state active: starts, active, terminated")
	cmd.Flags().StringVar(&query.CustomerID, "customer", "", "only this customer's")
	return cmd
}

func printActivations(w io.Writer, list *client.ListActivation) {
	fmt.Fprintln(w, "ACTIVATION\tCUSTOMER\tSOLUTION\tPHASE\tREQUESTED\tENDS")
	for _, a := range list.Items {
		ends := "-"
		if a.Agreement != nil {
			ends = a.Agreement.EndsOn
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", a.ID, a.CustomerName, a.SolutionID, a.Phase, formatTime(a.RequestedAt), ends)
	}
	printMore(w, list.Next)
}
