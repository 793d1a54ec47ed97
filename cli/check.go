package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/redis/go-redis/v9/logging"
	"github.com/spf13/cobra"

	"countersign/internal/config"
	"countersign/roles"
)

// checked is what countersign check prints for programs.
type checked struct {
	OK bool `json:"ok"`
	// Settings are what is wrong with them; then nothing was tried.
	Settings    []string        `json:"settings"`
	Connections []roles.Finding `json:"connections"`
}

func checkCommand() *cobra.Command {
	cmd := configured(&cobra.Command{
		Use: "check [api|worker|migrate]", Short: "Try every connection that the settings name, and say how to mend what is wrong", GroupID: "roles",
		Long: `Try every connection that the settings of a role name, or of the api and the
worker where none is given. Nothing is changed. Exits with 1 where something is
wrong, and with 2 where the settings are.`,
		Args: atMostOne,
		RunE: check,
	})
	cmd.Flags().Bool("json", false, "print JSON, for programs")
	return cmd
}

func check(cmd *cobra.Command, args []string) error {
	named := []config.Role{config.API, config.Worker}
	if len(args) == 1 {
		named = []config.Role{config.Role(args[0])}
	}
	answer := checked{Settings: []string{}, Connections: []roles.Finding{}}
	var c config.Config
	var wrong error
	for _, role := range named {
		var err error
		var invalid *config.Invalid
		if c, err = config.Load(role, settingsOf(cmd)); errors.As(err, &invalid) {
			answer.Settings = append(answer.Settings, invalid.Problems...)
		}
		wrong = errors.Join(wrong, err)
	}
	slices.Sort(answer.Settings) // of two roles that lack the same
	answer.Settings = slices.Compact(answer.Settings)
	if wrong == nil {
		logging.Disable() // Redis's client would say beside the table what is in it
		answer.Connections = roles.Check(cmd.Context(), c, named...)
		wrong = anyWrong(answer.Connections)
	}
	answer.OK = wrong == nil
	return errors.Join(printChecked(cmd, answer), wrong)
}

func anyWrong(found []roles.Finding) error {
	n := 0
	for _, f := range found {
		if !f.OK {
			n++
		}
	}
	if n > 0 {
		return fmt.Errorf("%d of %d are wrong", n, len(found))
	}
	return nil
}

func printChecked(cmd *cobra.Command, answer checked) error {
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		e := json.NewEncoder(cmd.OutOrStdout())
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(answer)
	}
	return table(cmd.OutOrStdout(), answer.Connections)
}

// table has a second line, how to mend it, for what is wrong.
func table(out io.Writer, found []roles.Finding) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range found {
		if f.OK {
			fmt.Fprintf(w, "%s\tok\t%s\n", f.What, f.Says)
		} else {
			fmt.Fprintf(w, "%s\tWRONG\t%s\n\t\t→ %s\n", f.What, f.Says, f.Mend)
		}
	}
	return w.Flush()
}

func atMostOne(cmd *cobra.Command, args []string) error {
	cmd.ValidArgs = []string{string(config.API), string(config.Worker), string(config.Migrate)}
	if err := cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs)(cmd, args); err != nil {
		return usageError{fmt.Errorf("%w\n\n%s", err, cmd.UsageString())}
	}
	return nil
}
