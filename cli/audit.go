package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"countersign/client"
)

func auditCommand() *cobra.Command {
	return &cobra.Command{
		Use: "audit ACTIVATION", Short: "Export the audit log of an activation", Args: exactly(1),
		Example: "  countersign audit ID > audit.json && countersign verify audit.json",
		RunE: func(cmd *cobra.Command, args []string) error {
			var raw []byte
			if _, err := newClient(requestTimeout).ExportAudit(cmd.Context(), args[0], client.Raw(&raw)); err != nil {
				return err
			}
			return printRaw(cmd, raw)
		},
	}
}

func eraseCommand() *cobra.Command {
	var confirmed bool
	cmd := &cobra.Command{
		Use: "erase CUSTOMER", Short: "Erase a customer's personal data permanently (managers)", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !confirmed {
				return usageError{errors.New("erasure cannot be reverted: confirm with --yes")}
			}
			return execute(cmd, "Erased.", func(raw client.Option) (*client.Customer, error) {
				return newClient(requestTimeout).EraseCustomer(cmd.Context(), args[0], raw)
			})
		},
	}
	cmd.Flags().BoolVar(&confirmed, "yes", false, "confirm")
	return cmd
}
