package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"countersign/client"
	"countersign/collaboration"
)

func auditCommand() *cobra.Command {
	return &cobra.Command{
		Use: "audit ACTIVATION", Short: "Export an activation's audit as one file", Args: exactly(1),
		Example: "  countersign audit ID > audit.json && countersign verify audit.json",
		RunE: func(cmd *cobra.Command, args []string) error {
			var raw []byte
			if _, err := newClient(answerWithin).ExportAudit(cmd.Context(), args[0], client.Raw(&raw)); err != nil {
				return err
			}
			return printRaw(cmd, raw)
		},
	}
}

// verifyCommand works on a file alone: whoever verifies need not trust, or
// reach, the service that wrote it.
func verifyCommand() *cobra.Command {
	var head string
	cmd := &cobra.Command{
		Use: "verify FILE", Short: "Verify an exported audit, offline", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			report, err := collaboration.VerifyAudit(f)
			if err != nil {
				return fmt.Errorf("%s does not verify: %w", args[0], err)
			}
			if head != "" && head != report.Head {
				return fmt.Errorf("%s ends with %s, not with %s: rows are missing, or were added since", args[0], report.Head, head)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "Verified: %d rows of activation %s, personal data erased in %d.\nHead: %s\n",
				report.Rows, report.Activation, report.Erased, report.Head)
			return err
		},
	}
	cmd.Flags().StringVar(&head, "head", "", "the head that was noted before: the file must end with it")
	return cmd
}

func eraseCommand() *cobra.Command {
	var sure bool
	cmd := &cobra.Command{
		Use: "erase CUSTOMER", Short: "Erase a customer's personal data, for good (managers)", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !sure {
				return usageError{fmt.Errorf("this cannot be undone: pass --yes")}
			}
			return tell(cmd, "Erased.", func(raw client.Option) error {
				_, err := newClient(answerWithin).EraseCustomer(cmd.Context(), args[0], raw)
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&sure, "yes", false, "you are sure")
	return cmd
}
