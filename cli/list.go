package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"countersign/api"
)

func listCommand() *cobra.Command {
	var states []string
	var customer string
	cmd := &cobra.Command{
		Use: "list", Short: "List activations, newest first", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			query := url.Values{"limit": {"100"}, "state": states}
			if customer != "" {
				query.Set("customer_id", customer)
			}
			var list api.ListView[api.ActivationView]
			raw, err := newAPIClient().do(cmd.Context(), call{method: http.MethodGet, path: "/v1/activations", query: query}, &list)
			if err != nil {
				return err
			}
			return show(cmd, raw, func(w io.Writer) {
				fmt.Fprintln(w, "ACTIVATION\tCUSTOMER\tSOLUTION\tSTATE\tREQUESTED\tENDS")
				for _, a := range list.Items {
					ends := "-"
					if a.Agreement != nil {
						ends = a.Agreement.EndsOn.String()
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", a.ID, a.CustomerName, a.SolutionID, a.State, local(a.RequestedAt), ends)
				}
				more(w, list.Next)
			})
		},
	}
	cmd.Flags().StringSliceVar(&states, "state", nil, "only these states")
	cmd.Flags().StringVar(&customer, "customer", "", "only this customer's")
	return cmd
}
