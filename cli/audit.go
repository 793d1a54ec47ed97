package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"countersign/client"
	"countersign/collaboration"
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

// verifyCommand reads the file only, so that a verifier need not trust the service.
func verifyCommand() *cobra.Command {
	var lastHash string
	cmd := &cobra.Command{
		Use: "verify FILE", Short: "Verify an exported audit log, offline", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withFile(args[0], func(file io.Reader) error {
				// A shell may write UTF-16 or a byte order mark into the file.
				report, err := collaboration.VerifyAudit(transform.NewReader(file, unicode.BOMOverride(transform.Nop)))
				if err != nil {
					return fmt.Errorf("%s does not verify: %w", args[0], err)
				}
				if lastHash != "" && lastHash != report.LastHash {
					return fmt.Errorf("%s ends with the hash %s instead of %s: rows are missing or were added", args[0], report.LastHash, lastHash)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "Verified: %d rows of activation %s, %d of them with erased personal data.\nLast hash: %s\n",
					report.Rows, report.Activation, report.Erased, report.LastHash)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&lastHash, "last-hash", "", "hash that the file must end with")
	return cmd
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
