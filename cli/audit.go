package cli

import (
	"errors"
	"fmt"
	"io"

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
	var email string
	cmd := &cobra.Command{
		Use: "erase CUSTOMER | --email ADDRESS", Short: "Erase the personal data of a customer, or of one person, permanently (managers)", Args: cobra.MaximumNArgs(1),
		Example: "  countersign erase CUSTOMER --yes\n  countersign erase --email anna@kund.example --yes",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case (len(args) == 1) == (email != ""):
				return usageError{errors.New("name a customer, or a person with --email")}
			case !confirmed:
				return usageError{errors.New("erasure cannot be reverted: confirm with --yes")}
			case email != "":
				return eraseAddress(cmd, email)
			}
			return execute(cmd, "Erased.", func(raw client.Option) (*client.Customer, error) {
				return newClient(requestTimeout).EraseCustomer(cmd.Context(), args[0], raw)
			})
		},
	}
	cmd.Flags().BoolVar(&confirmed, "yes", false, "confirm")
	cmd.Flags().StringVar(&email, "email", "", "erase the person with this address from the office's data, also from closed activations of other customers")
	return cmd
}

func eraseAddress(cmd *cobra.Command, email string) error {
	return fetch(cmd, func(raw client.Option) (*client.ErasedAddress, error) {
		return newClient(requestTimeout).EraseAddress(cmd.Context(), client.EraseAddressRequest{Email: email}, raw)
	}, func(w io.Writer, e *client.ErasedAddress) {
		fmt.Fprintf(w, "Erased in %d customers, %d activations, %d address changes and %d batch rows.\n", e.Customers, e.Activations, e.AddressChanges, e.BatchRows)
	})
}
