package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"countersign/internal/bootstrap"
	"countersign/internal/config"
)

func keysCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "keys", Short: "Rotate the keys that encrypt data in Temporal, and use the key of the log", GroupID: "roles",
		Args: noArguments, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(withConfigFlag(&cobra.Command{
		Use: "digest ADDRESS", Short: "Print the digest of an operator's address in the api's log", Args: exactly(1),
		Long: "Print the digest of an operator's address in the api's log.\n\n" +
			"The key of the digest derives from the first of COUNTERSIGN_LINK_KEYS.",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := config.Load(config.API, settingsOf(cmd))
			if err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), bootstrap.LogDigest(c, args[0]))
			}
			return err
		},
	}), withConfigFlag(&cobra.Command{
		Use: "rotate", Short: "Rewrap all data keys with the first of COUNTERSIGN_ENCRYPTION_KEYS", Args: noArguments,
		Long: "Rewrap all data keys with the first of COUNTERSIGN_ENCRYPTION_KEYS.\n\n" +
			"The command can be stopped and repeated while all roles run. After success the other master keys are no longer needed.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Load(config.Keys, settingsOf(cmd))
			if err != nil {
				return err
			}
			n, err := bootstrap.RotateKeys(cmd.Context(), c)
			fmt.Fprintf(cmd.OutOrStdout(), "rewrapped %d\n", n)
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "all data keys use %s\n", c.EncryptionKeys[0].ID)
			}
			return err
		},
	}))
	return cmd
}
