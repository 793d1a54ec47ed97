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

	"countersign/internal/bootstrap"
	"countersign/internal/config"
)

// checkReport is the JSON output of countersign check.
type checkReport struct {
	OK bool `json:"ok"`
	// Settings are the errors in the settings. No connection is tried if there are any.
	Settings    []string            `json:"settings"`
	Connections []bootstrap.Finding `json:"connections"`
}

func checkCommand() *cobra.Command {
	cmd := withConfigFlag(&cobra.Command{
		Use: "check [api|worker|migrate]", Short: "Try every connection in the settings, and print how to fix errors", GroupID: "roles",
		Long: `Try every connection in the settings of a role, by default of the api and the
worker. The command changes nothing. It exits with 1 if a connection fails, and
with 2 if the settings are invalid.`,
		Args: atMostOne,
		RunE: runCheck,
	})
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

func runCheck(cmd *cobra.Command, args []string) error {
	roles := []config.Role{config.API, config.Worker}
	if len(args) == 1 {
		roles = []config.Role{config.Role(args[0])}
	}
	report := checkReport{Settings: []string{}, Connections: []bootstrap.Finding{}}
	var c config.Config
	var problems error
	for _, role := range roles {
		var err error
		var invalid *config.InvalidError
		if c, err = config.Load(role, settingsOf(cmd)); errors.As(err, &invalid) {
			report.Settings = append(report.Settings, invalid.Problems...)
		}
		problems = errors.Join(problems, err)
	}
	slices.Sort(report.Settings) // two roles may report the same setting
	report.Settings = slices.Compact(report.Settings)
	if problems == nil {
		logging.Disable() // the Redis client would log the errors that the table has
		report.Connections = bootstrap.Diagnose(cmd.Context(), c, roles...)
		problems = countFailed(report.Connections)
	}
	report.OK = problems == nil
	return errors.Join(printReport(cmd, report), problems)
}

func countFailed(findings []bootstrap.Finding) error {
	n := 0
	for _, f := range findings {
		if !f.OK {
			n++
		}
	}
	if n > 0 {
		return fmt.Errorf("%d of %d checks failed", n, len(findings))
	}
	return nil
}

func printReport(cmd *cobra.Command, report checkReport) error {
	if wantsJSON(cmd) {
		e := json.NewEncoder(cmd.OutOrStdout())
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(report)
	}
	return printFindings(cmd.OutOrStdout(), report.Connections)
}

// printFindings prints a table. A failed check has a second line with the fix.
func printFindings(out io.Writer, findings []bootstrap.Finding) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range findings {
		if f.OK {
			fmt.Fprintf(w, "%s\tok\t%s\n", f.Name, f.Detail)
		} else {
			fmt.Fprintf(w, "%s\tFAILED\t%s\n\t\t→ %s\n", f.Name, f.Detail, f.Fix)
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
