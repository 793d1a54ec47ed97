package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"countersign/api"
	"countersign/collaboration"
)

func webhooksCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "webhooks", Short: "Have addresses of your own told what happens (managers)", Args: noArguments, RunE: listWebhooks}
	add := &cobra.Command{Use: "add URL", Short: "Add an address; its secret is shown this once", Args: exactly(1), RunE: addWebhook}
	remove := &cobra.Command{Use: "remove WEBHOOK", Short: "Remove one", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		return onWebhook(cmd, http.MethodDelete, args[0], "", "Removed.")
	}}
	enable := &cobra.Command{Use: "enable WEBHOOK", Short: "Tell one again that was disabled", Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		return onWebhook(cmd, http.MethodPost, args[0], "/enable", "Enabled.")
	}}
	cmd.AddCommand(add, remove, enable, replayCommand())
	for _, c := range cmd.Commands() {
		c.Flags().Bool("json", false, "print what the API answers, for programs")
		c.RunE = problemsAsJSON(c.RunE)
	}
	return cmd
}

func listWebhooks(cmd *cobra.Command, _ []string) error {
	var list api.ListView[api.WebhookView]
	raw, err := newAPIClient().do(cmd.Context(), call{method: http.MethodGet, path: "/v1/webhooks"}, &list)
	if err != nil {
		return err
	}
	return show(cmd, raw, func(w io.Writer) {
		fmt.Fprintln(w, "WEBHOOK\tURL\tDISABLED\tLAST FAILURE")
		for _, h := range list.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", h.ID, h.URL, local(h.DisabledAt), local(h.LastFailure))
		}
	})
}

func addWebhook(cmd *cobra.Command, args []string) error {
	var added api.NewWebhookView
	raw, err := newAPIClient().do(cmd.Context(), call{method: http.MethodPost, path: "/v1/webhooks", body: api.WebhookRequest{URL: args[0]}}, &added)
	if err != nil {
		return err
	}
	return show(cmd, raw, func(w io.Writer) { fmt.Fprintf(w, "Webhook\t%s\nSecret\t%s\n", added.ID, added.Secret) })
}

// onWebhook has nothing to print but that it was done.
func onWebhook(cmd *cobra.Command, method, id, more, done string) error {
	raw, err := newAPIClient().do(cmd.Context(), call{method: method, path: "/v1/webhooks/" + url.PathEscape(id) + more}, nil)
	if err != nil {
		return err
	}
	return show(cmd, raw, func(w io.Writer) { fmt.Fprintln(w, done) })
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
				var v api.ReplayView
				raw, err := newAPIClient().do(cmd.Context(), call{method: http.MethodPost, path: "/v1/webhooks/" + url.PathEscape(args[0]) + "/replay", body: api.ReplayRequest{Since: from}}, &v)
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
