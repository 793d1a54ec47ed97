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

// officeCommands call the API that COUNTERSIGN_URL names, as COUNTERSIGN_TOKEN,
// which may stand in the file that COUNTERSIGN_TOKEN_FILE names.
func officeCommands() []*cobra.Command {
	commands := []*cobra.Command{
		customersCommand(), formCommand(), startCommand(), statusCommand(), listCommand(), decideCommand(),
		messageCommand("withdraw", "Take a pending invitation back", (*client.Client).WithdrawActivation),
		messageCommand("resend", "Send a pending invitation again; older links stop working", (*client.Client).ResendActivation),
		changeCommand(), correctCommand(), forwardCommand(), endCommand(),
		messageCommand("take-back", "Take back notice, or the day that was set for the end (managers)", (*client.Client).TakeBackNotice),
		mainContactCommand(), importCommand(), auditCommand(), verifyCommand(), eraseCommand(), webhooksCommand(), batchCommand(),
	}
	for _, c := range commands {
		c.GroupID, c.PersistentPreRunE = "office", withToken
		c.Flags().Bool("json", false, "print what the API answers, for programs")
		c.RunE = problemsAsJSON(c.RunE)
	}
	return commands
}

// problemsAsJSON explains to people what the API refused, and prints it as it
// came with --json.
func problemsAsJSON(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := run(cmd, args)
		var refused *client.Error
		if !errors.As(err, &refused) {
			return err
		}
		forPeople := (*problem)(refused)
		if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
			return errors.Join(printRaw(cmd, refused.Body), forPeople)
		}
		return forPeople
	}
}

// show prints an answer: as it came with --json, otherwise for people.
func show(cmd *cobra.Command, raw []byte, people func(io.Writer)) error {
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return printRaw(cmd, raw)
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	people(w)
	return w.Flush()
}

func printRaw(cmd *cobra.Command, raw []byte) error {
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n", bytes.TrimSpace(raw))
	return err
}
