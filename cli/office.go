package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"countersign/client"
)

// officeCommands call the API at COUNTERSIGN_URL with the token in COUNTERSIGN_TOKEN, or
// in the file that COUNTERSIGN_TOKEN_FILE names.
func officeCommands() []*cobra.Command {
	commands := []*cobra.Command{
		customersCommand(), customerCommand(), employeesCommand(), apiKeysCommand(), logoCommand(), formCommand(), startCommand(), statusCommand(), listCommand(), decideCommand(), handOnCommand(),
		activationCommand("withdraw", "Withdraw a pending invitation", (*client.Client).WithdrawActivation),
		activationCommand("resend", "Resend a pending invitation; older links stop working", (*client.Client).ResendActivation),
		changeCommand(), correctCommand(), forwardCommand(), endCommand(),
		activationCommand("withdraw-change", "Withdraw a change that was proposed to the customer (managers)", (*client.Client).WithdrawChange),
		activationCommand("revoke-notice", "Revoke notice, or the scheduled end of a collaboration (managers)", (*client.Client).RevokeNotice),
		mainContactCommand(), importCommand(), auditCommand(), verifyCommand(), eraseCommand(), webhooksCommand(), batchCommand(),
	}
	for _, c := range commands {
		c.GroupID, c.PersistentPreRunE = "office", requireReadableToken
	}
	addJSONFlag(commands...)
	return commands
}

// addJSONFlag adds --json to commands that call the API.
func addJSONFlag(commands ...*cobra.Command) {
	for _, c := range commands {
		c.Flags().Bool("json", false, "print the API's JSON response")
		c.RunE = withProblems(c.RunE)
	}
}

// withProblems turns an error response of the API into text, and prints it as JSON with
// --json.
func withProblems(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := run(cmd, args)
		var refused *client.Error
		if !errors.As(err, &refused) {
			return err
		}
		err = (*problem)(refused)
		if wantsJSON(cmd) {
			return errors.Join(printRaw(cmd, refused.Body), err)
		}
		return err
	}
}

func wantsJSON(cmd *cobra.Command) bool {
	asJSON, _ := cmd.Flags().GetBool("json")
	return asJSON
}

// show prints a response: unchanged with --json, otherwise as text in columns.
func show(cmd *cobra.Command, raw []byte, printText func(io.Writer)) error {
	if wantsJSON(cmd) {
		return printRaw(cmd, raw)
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	printText(w)
	return w.Flush()
}

func printRaw(cmd *cobra.Command, raw []byte) error {
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n", bytes.TrimSpace(raw))
	return err
}
