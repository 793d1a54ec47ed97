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
	cmd := &cobra.Command{Use: "webhooks", Short: "Have addresses of your own told what happens (managers)", Args: noArguments, RunE: listWebhooks}
	add := &cobra.Command{Use: "add URL", Short: "Add an address; its secret is shown this once", Args: exactly(1), RunE: addWebhook}
	remove := &cobra.Command{Use: "remove WEBHOOK", Short: "Remove one", Args: exactly(1), RunE: onWebhook((*client.Client).RemoveWebhook, "Removed.")}
	enable := &cobra.Command{Use: "enable WEBHOOK", Short: "Tell one again that was disabled", Args: exactly(1), RunE: onWebhook((*client.Client).EnableWebhook, "Enabled.")}
	cmd.AddCommand(add, remove, enable, replayCommand())
	for _, c := range cmd.Commands() {
		c.Flags().Bool("json", false, "print what the API answers, for programs")
		c.RunE = problemsAsJSON(c.RunE)
	}
	return cmd
}

func listWebhooks(cmd *cobra.Command, _ []string) error {
	var raw []byte
	list, err := newClient(answerWithin).ListWebhooks(cmd.Context(), client.Raw(&raw))
	if err != nil {
		return err
	}
	return show(cmd, raw, func(w io.Writer) {
		fmt.Fprintln(w, "WEBHOOK\tURL\tDISABLED\tLAST FAILURE")
		for _, h := range list.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", h.ID, h.URL, local(h.DisabledAt), local(h.LastFailureAt))
		}
	})
}

func addWebhook(cmd *cobra.Command, args []string) error {
	var raw []byte
	added, err := newClient(answerWithin).AddWebhook(cmd.Context(), client.WebhookRequest{URL: args[0]}, client.Raw(&raw))
	if err != nil {
		return err
	}
	return show(cmd, raw, func(w io.Writer) { fmt.Fprintf(w, "Webhook\t%s\nSecret\t%s\n", added.ID, added.Secret) })
}

// onWebhook has nothing to print but that it was done.
func onWebhook(call func(*client.Client, context.Context, string, ...client.Option) error, done string) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return tell(cmd, done, func(raw client.Option) error { return call(newClient(answerWithin), cmd.Context(), args[0], raw) })
	}
}

func replayCommand() *cobra.Command {
	var since string
	cmd := &cobra.Command{
		Use: "replay WEBHOOK --since DATE", Short: "Send events again, from a day on", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			day, err := collaboration.ParseDate(since)
			if err != nil {
				return usageError{fmt.Errorf("--since: %q is not a date such as 2026-11-23", since)}
			}
			total := 0
			for from := day.Start(); ; {
				var raw []byte
				v, err := newClient(answerWithin).ReplayWebhook(cmd.Context(), args[0], client.ReplayRequest{Since: from}, client.Raw(&raw))
				if err != nil {
					return err
				}
				if total += v.Events; v.Next.IsZero() || !v.Next.After(from.Add(time.Microsecond)) {
					return show(cmd, raw, func(w io.Writer) { fmt.Fprintf(w, "%d events are being sent again.\n", total) })
				}
				from = v.Next
			}
		},
	}
	cmd.Flags().StringVar(&since, "since", "", "the first day, such as 2026-11-23")
	return cmd
}
