package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"countersign/client"
)

func apiKeysCommand() *cobra.Command {
	list := func(cmd *cobra.Command, _ []string) error {
		return fetch(cmd, func(raw client.Option) (*client.ListAPIKey, error) {
			return newClient(requestTimeout).ListAPIKeys(cmd.Context(), raw)
		}, printAPIKeys)
	}
	cmd := &cobra.Command{
		Use: "api-keys", Short: "List, add and revoke the office's API keys (managers)", Args: noArguments, RunE: list,
		Long: "List, add and revoke the office's API keys. The token must be a manager's own: a key cannot change keys.",
	}
	cmd.AddCommand(
		&cobra.Command{Use: "list", Short: "List the keys, the newest first", Args: noArguments, RunE: list},
		addAPIKeyCommand(),
		&cobra.Command{
			Use: "revoke KEY", Short: "Revoke a key; its program loses its access at once", Args: exactly(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				if err := newClient(requestTimeout).RevokeAPIKey(cmd.Context(), args[0]); err != nil {
					return err
				}
				return confirm(cmd, "Revoked.")
			},
		})
	addJSONFlag(cmd.Commands()...)
	return cmd
}

// confirm prints a confirmation; with --json nothing, because the API returned no content.
func confirm(cmd *cobra.Command, text string) error {
	if wantsJSON(cmd) {
		return nil
	}
	_, err := fmt.Fprintln(cmd.OutOrStdout(), text)
	return err
}

func printAPIKeys(w io.Writer, list *client.ListAPIKey) {
	fmt.Fprintln(w, "KEY\tNAME\tSCOPE\tSTATUS\tEXPIRES\tLAST USED")
	for _, k := range list.Items {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Name, k.Scope, k.Status, dayOrNever(k.ExpiresAt), dayOrNever(k.LastUsedAt))
	}
}

func dayOrNever(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format(time.DateOnly)
}

func addAPIKeyCommand() *cobra.Command {
	var scope string
	var days int
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Add a key and print its secret, which is not shown again", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			k := client.APIKeyRequest{Name: args[0], Scope: client.APIKeyRequestScope(scope)}
			if days > 0 {
				k.ExpiresAt = time.Now().AddDate(0, 0, days)
			}
			return fetch(cmd, func(raw client.Option) (*client.NewAPIKey, error) {
				return newClient(requestTimeout).AddAPIKey(cmd.Context(), k, raw)
			}, func(w io.Writer, added *client.NewAPIKey) {
				fmt.Fprintf(w, "Key\t%s\nSecret\t%s\n", added.ID, added.Secret)
			})
		},
	}
	cmd.Flags().StringVar(&scope, "scope", "read", "read, write or manage")
	cmd.Flags().IntVar(&days, "days", 0, "the days until the key expires; 0 for none")
	return cmd
}
