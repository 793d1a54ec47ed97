package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"countersign/client"
	"countersign/collaboration"
)

func webhooksCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "webhooks", Short: "Manage the URLs that receive events (managers)", Args: noArguments, RunE: listWebhooks}
	add := &cobra.Command{Use: "add URL", Short: "Add a URL; its secret is printed only once", Args: exactly(1), RunE: addWebhook}
	remove := &cobra.Command{Use: "remove WEBHOOK", Short: "Remove a webhook", Args: exactly(1), RunE: webhookAction((*client.Client).RemoveWebhook, "Removed.")}
	enable := &cobra.Command{Use: "enable WEBHOOK", Short: "Enable a disabled webhook", Args: exactly(1), RunE: webhookAction((*client.Client).EnableWebhook, "Enabled.")}
	cmd.AddCommand(add, remove, enable, replayCommand())
	addJSONFlag(cmd.Commands()...)
	return cmd
}

func listWebhooks(cmd *cobra.Command, _ []string) error {
	return fetch(cmd, func(raw client.Option) (*client.ListWebhook, error) {
		return newClient(requestTimeout).ListWebhooks(cmd.Context(), raw)
	}, func(w io.Writer, list *client.ListWebhook) {
		fmt.Fprintln(w, "WEBHOOK\tURL\tDISABLED\tLAST FAILURE")
		for _, h := range list.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", h.ID, h.URL, formatTime(h.DisabledAt), formatTime(h.LastFailureAt))
		}
	})
}

func addWebhook(cmd *cobra.Command, args []string) error {
	return fetch(cmd, func(raw client.Option) (*client.NewWebhook, error) {
		return newClient(requestTimeout).AddWebhook(cmd.Context(), client.WebhookRequest{URL: args[0]}, raw)
	}, func(w io.Writer, added *client.NewWebhook) {
		fmt.Fprintf(w, "Webhook\t%s\nSecret\t%s\n", added.ID, added.Secret)
	})
}

// webhookAction calls the API for one webhook and prints a confirmation.
func webhookAction(call func(*client.Client, context.Context, string, ...client.Option) error, confirmation string) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return execute(cmd, confirmation, func(raw client.Option) (struct{}, error) {
			return struct{}{}, call(newClient(requestTimeout), cmd.Context(), args[0], raw)
		})
	}
}

func replayCommand() *cobra.Command {
	var since string
	cmd := &cobra.Command{
		Use: "replay WEBHOOK --since DATE", Short: "Redeliver events since a day", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			day, err := collaboration.ParseDate(since)
			if err != nil {
				return usageError{fmt.Errorf("--since: %q is not a date such as 2026-11-23", since)}
			}
			total := 0
			for from := day.Start(); ; {
				var raw []byte
				page, err := newClient(requestTimeout).ReplayWebhook(cmd.Context(), args[0], client.ReplayRequest{Since: from}, client.Raw(&raw))
				if err != nil {
					return err
				}
				if total += page.Events; page.Next.IsZero() || !page.Next.After(from.Add(time.Microsecond)) {
					return show(cmd, raw, func(w io.Writer) { fmt.Fprintf(w, "Redelivering %d events.\n", total) })
				}
				from = page.Next
			}
		},
	}
	cmd.Flags().StringVar(&since, "since", "", "first day, such as 2026-11-23")
	return cmd
}
