package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"countersign/client"
	"countersign/collaboration"
)

func batchCommand() *cobra.Command {
	var solution string
	var detached bool
	cmd := &cobra.Command{
		Use: "batch FILE", Short: "Activate a solution for many customers, from a CSV file", Args: exactly(1),
		Long: "Activate a solution for every customer in a CSV file with the columns\n" + columnList(collaboration.BatchColumns()) + ".\nA line needs customer_id or organisation_number. The command waits until every row has a result. It exits with 1 if a row was rejected.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withFile(args[0], func(file io.Reader) error {
				b, err := newClient(uploadTimeout).AddBatchFile(cmd.Context(), client.AddBatchFileQuery{SolutionID: solution}, file)
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.ErrOrStderr(), "Batch", b.ID)
				return followBatch(cmd, b.ID, !detached)
			})
		},
	}
	cmd.Flags().StringVar(&solution, "solution", "financial-overview", "the solution")
	cmd.Flags().BoolVar(&detached, "detached", false, "do not wait for the results")
	cmd.AddCommand(batchAction("status", "Show the progress of a batch", nil),
		batchAction("retry", "Retry the rejected rows", (*client.Client).RetryBatch),
		batchAction("cancel", "Cancel the rows that have not started", (*client.Client).CancelBatch))
	addJSONFlag(cmd.Commands()...)
	return cmd
}

func batchAction(name, short string, call func(*client.Client, context.Context, string, ...client.Option) (*client.Batch, error)) *cobra.Command {
	return &cobra.Command{
		Use: name + " BATCH", Short: short, Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if call != nil {
				if _, err := call(newClient(requestTimeout), cmd.Context(), args[0]); err != nil {
					return err
				}
			}
			return followBatch(cmd, args[0], name == "retry")
		},
	}
}

// errRowsRejected is the error of a batch with rejected rows.
var errRowsRejected = errors.New("some rows were rejected")

// followBatch prints a batch, with wait as soon as it is finished.
func followBatch(cmd *cobra.Command, id string, wait bool) error {
	api := newClient(requestTimeout)
	return poll(cmd.Context(), func() (done bool, err error) {
		var raw []byte
		b, err := api.GetBatch(cmd.Context(), id, client.Raw(&raw))
		if err != nil {
			return false, err
		}
		if wait && b.State == client.BatchStateRunning {
			return false, nil
		}
		return true, showBatch(cmd, api, raw, b)
	})
}

func showBatch(cmd *cobra.Command, api *client.Client, raw []byte, b *client.Batch) error {
	rejected := &client.ListBatchRow{}
	if b.Refused > 0 {
		var err error
		rejected, err = api.ListBatchRows(cmd.Context(), b.ID, client.ListBatchRowsQuery{Result: client.BatchRowResultRefused, Limit: 500})
		if err != nil {
			return err
		}
	}
	err := show(cmd, raw, func(w io.Writer) {
		fmt.Fprintf(w, "Batch\t%s\nState\t%s\nStarted\t%d\nPending\t%d\nRejected\t%d\n", b.ID, b.State, b.Started, b.Pending, b.Refused)
		for _, r := range rejected.Items {
			fmt.Fprintf(w, "line %d\t%s\t%s\n", r.Line, r.CustomerID, r.Message)
			for _, f := range r.Errors {
				fmt.Fprintf(w, "\t\t%s: %s\n", f.Field, f.Message)
			}
		}
	})
	if err == nil && b.Refused > 0 {
		return errRowsRejected
	}
	return err
}
