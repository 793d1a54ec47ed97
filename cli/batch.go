package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"countersign/client"
)

func batchCommand() *cobra.Command {
	var solution string
	var detached bool
	cmd := &cobra.Command{
		Use: "batch FILE", Short: "Activate a solution for many customers, from a CSV file", Args: exactly(1),
		Long: "Activate a solution for every customer of a CSV file with the columns customer_id or organisation_number,\nvariant, task_id, invoice_recipient, period, agreement_months, locale, contact_name, contact_email, contact_phone.\nIt follows until every row has its result, and exits with 1 where some were refused.",
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer file.Close()
			b, err := newClient(fileWithin).AddBatchFile(cmd.Context(), client.AddBatchFileQuery{SolutionID: solution}, file)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.ErrOrStderr(), "Batch", b.ID)
			return followBatch(cmd, b.ID, !detached)
		},
	}
	cmd.Flags().StringVar(&solution, "solution", "financial-overview", "what to share")
	cmd.Flags().BoolVar(&detached, "detached", false, "do not wait for it")
	cmd.AddCommand(onBatch("status", "Show how far a batch has come", nil),
		onBatch("retry", "Try the refused rows again, once what was wrong is mended", (*client.Client).RetryBatch),
		onBatch("cancel", "Start no more of a batch", (*client.Client).CancelBatch))
	for _, c := range cmd.Commands() {
		c.Flags().Bool("json", false, "print what the API answers, for programs")
		c.RunE = problemsAsJSON(c.RunE)
	}
	return cmd
}

func onBatch(name, short string, call func(*client.Client, context.Context, string, ...client.Option) (*client.Batch, error)) *cobra.Command {
	return &cobra.Command{
		Use: name + " BATCH", Short: short, Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if call != nil {
				if _, err := call(newClient(answerWithin), cmd.Context(), args[0]); err != nil {
					return err
				}
			}
			return followBatch(cmd, args[0], name == "retry")
		},
	}
}

// errRefused says that some rows of a batch were.
var errRefused = errors.New("some rows were refused")

// followBatch shows a batch, once it is over where it is waited for.
func followBatch(cmd *cobra.Command, id string, wait bool) error {
	api := newClient(answerWithin)
	for {
		var raw []byte
		b, err := api.GetBatch(cmd.Context(), id, client.Raw(&raw))
		if err != nil {
			return err
		}
		if !wait || b.State != client.BatchStateRunning {
			return showBatch(cmd, api, raw, b)
		}
		select {
		case <-cmd.Context().Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

func showBatch(cmd *cobra.Command, api *client.Client, raw []byte, b *client.Batch) error {
	refused := &client.ListBatchRow{}
	if b.Refused > 0 {
		var err error
		refused, err = api.ListBatchRows(cmd.Context(), b.ID, client.ListBatchRowsQuery{Result: client.BatchRowResultRefused, Limit: 500})
		if err != nil {
			return err
		}
	}
	err := show(cmd, raw, func(w io.Writer) {
		fmt.Fprintf(w, "Batch\t%s\nState\t%s\nStarted\t%d\nPending\t%d\nRefused\t%d\n", b.ID, b.State, b.Started, b.Pending, b.Refused)
		for _, r := range refused.Items {
			fmt.Fprintf(w, "line %d\t%s\t%s\n", r.Line, r.CustomerID, r.Message)
			for _, f := range r.Errors {
				fmt.Fprintf(w, "\t\t%s: %s\n", f.Field, f.Message)
			}
		}
	})
	if err == nil && b.Refused > 0 {
		return errRefused
	}
	return err
}
