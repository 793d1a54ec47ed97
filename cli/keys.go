package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"countersign/internal/config"
	"countersign/roles"
)

func keysCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "keys", Short: "Rotate the keys that encrypt what Temporal keeps", GroupID: "roles",
		Args: noArguments, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(configured(&cobra.Command{
		Use: "rotate", Short: "Rewrap every customer's key with the first of COUNTERSIGN_ENCRYPTION_KEYS", Args: noArguments,
		Long: "Rewrap every customer's key with the first of COUNTERSIGN_ENCRYPTION_KEYS.\n\n" +
			"It may be stopped and repeated, while everything runs. Once it says that it is done, the other keys are no longer needed.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Load(config.Keys, settingsOf(cmd))
			if err != nil {
				return err
			}
			n, err := roles.RotateKeys(cmd.Context(), c)
			fmt.Fprintf(cmd.OutOrStdout(), "rewrapped %d\n", n)
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "all data keys are under %s\n", c.EncryptionKeys[0].ID)
			}
			return err
		},
	}))
	return cmd
}
