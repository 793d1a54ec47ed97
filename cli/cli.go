package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/bootstrap"
	"countersign/internal/config"
	"countersign/internal/telemetry"
)

// Exit codes: 2 for an invalid call or invalid settings, 1 for a failure of the command.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is an invalid call of a command.
type usageError struct{ error }

// Run runs one command and returns the exit code of the process.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return RunWith(ctx, connect, args, stdin, stdout, stderr)
}

// RunWith is Run with another connection to Temporal for ops.
func RunWith(ctx context.Context, connect Connect, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:           "countersign",
		Short:         "Activate collaborations between an accounting office and its customers",
		Version:       bootstrap.Version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("countersign {{.Version}}\n")
	root.SetArgs(append([]string{}, args...)) // Cobra uses os.Args instead of nil
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddGroup(&cobra.Group{ID: "office", Title: "Office commands:"}, &cobra.Group{ID: "roles", Title: "Operator commands:"})
	root.AddCommand(roleCommands(stderr)...)
	root.AddCommand(opsCommand(connect))
	root.AddCommand(officeCommands()...)

	err := root.ExecuteContext(ctx)
	var usage usageError
	var invalid *config.InvalidError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage), errors.As(err, &invalid), strings.HasPrefix(err.Error(), "unknown command"):
		fmt.Fprintln(stderr, "countersign:", err)
		return exitUsage
	default:
		fmt.Fprintln(stderr, "countersign:", err)
		return exitFailed
	}
}

func roleCommands(stderr io.Writer) []*cobra.Command {
	role := func(role config.Role, short string, run func(context.Context, config.Config, *slog.Logger) error) *cobra.Command {
		return withConfigFlag(&cobra.Command{
			Use: string(role), Short: short, GroupID: "roles", Args: noArguments,
			RunE: func(cmd *cobra.Command, _ []string) error {
				c, err := config.Load(role, settingsOf(cmd))
				if err != nil {
					return err
				}
				return run(cmd.Context(), c, telemetry.Logger(stderr, slog.LevelInfo))
			},
		})
	}
	migrate := func(ctx context.Context, c config.Config, _ *slog.Logger) error { return bootstrap.Migrate(ctx, c) }
	return []*cobra.Command{
		role(config.API, "Serve the API and its pages", bootstrap.API),
		role(config.Worker, "Run workflows and activities", bootstrap.Worker),
		role(config.Migrate, "Apply the missing migrations of the database's schema", migrate),
		officeCommand(),
		releaseCommand(),
		keysCommand(),
		checkCommand(),
		healthCommand(),
	}
}

// healthCommand is the health check of images without a shell and curl.
func healthCommand() *cobra.Command {
	return &cobra.Command{
		Use: "health URL", Short: "Exit with 0 if the URL returns 200", GroupID: "roles", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), 3*time.Second)
			defer cancel()
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, args[0], nil)
			if err != nil {
				return usageError{err}
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				return err
			}
			defer response.Body.Close()
			if response.StatusCode != http.StatusOK {
				return fmt.Errorf("%s returned %s", args[0], response.Status)
			}
			return nil
		},
	}
}

func noArguments(cmd *cobra.Command, args []string) error { return exactly(0)(cmd, args) }

func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := cobra.ExactArgs(n)(cmd, args); err != nil {
			return usageError{fmt.Errorf("%w\n\n%s", err, cmd.UsageString())}
		}
		return nil
	}
}

// withConfigFlag adds the flag that settingsOf reads.
func withConfigFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String("config", "", "file with NAME=VALUE lines; environment variables take precedence (also "+config.File+")")
	return cmd
}

// settingsOf returns the environment, with the file of the --config flag.
func settingsOf(cmd *cobra.Command) map[string]string {
	vars := environment()
	if path, _ := cmd.Flags().GetString("config"); path != "" {
		vars[config.File] = path
	}
	return vars
}

func environment() map[string]string {
	vars := map[string]string{}
	for _, pair := range os.Environ() {
		if name, value, ok := strings.Cut(pair, "="); ok {
			vars[name] = value
		}
	}
	return vars
}
