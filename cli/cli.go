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

	"countersign/internal/config"
	"countersign/internal/telemetry"
	"countersign/roles"
)

// Exit codes: everything that is wrong with how a command was called or
// configured is 2, what went wrong while it ran is 1.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a command called in a wrong way.
type usageError struct{ error }

// Run runs one command and returns the process's exit code.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return RunOn(ctx, connect, args, stdin, stdout, stderr)
}

// RunOn is Run on another engine than TEMPORAL_* names.
func RunOn(ctx context.Context, connect Connect, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:           "countersign",
		Short:         "Activate collaborations between an accounting office and its customers",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddGroup(&cobra.Group{ID: "office", Title: "For the office and its programs:"}, &cobra.Group{ID: "roles", Title: "For those who run it:"})
	root.AddCommand(roleCommands(stderr)...)
	root.AddCommand(opsCommand(connect))
	root.AddCommand(officeCommands()...)

	err := root.ExecuteContext(ctx)
	var usage usageError
	var invalid *config.Invalid
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
	role := func(role config.Role, short string, work func(context.Context, config.Config, *slog.Logger) error) *cobra.Command {
		return configured(&cobra.Command{
			Use: string(role), Short: short, GroupID: "roles", Args: noArguments,
			RunE: func(cmd *cobra.Command, _ []string) error {
				c, err := config.Load(role, settingsOf(cmd))
				if err != nil {
					return err
				}
				return work(cmd.Context(), c, telemetry.Logger(stderr, slog.LevelInfo))
			},
		})
	}
	migrate := func(ctx context.Context, c config.Config, _ *slog.Logger) error { return roles.Migrate(ctx, c) }
	seed := role(config.Migrate, "Fill the database with an office and customers to try things with",
		func(ctx context.Context, c config.Config, _ *slog.Logger) error { return roles.Seed(ctx, c) })
	seed.Use = "seed"
	return []*cobra.Command{
		role(config.API, "Serve the API and its pages", roles.API),
		role(config.Worker, "Run activations", roles.Worker),
		role(config.Migrate, "Bring the database's schema up to date", migrate),
		seed,
		releaseCommand(),
		keysCommand(),
		checkCommand(),
		healthCommand(),
	}
}

// healthCommand is for images that have no shell and no curl.
func healthCommand() *cobra.Command {
	return &cobra.Command{
		Use: "health URL", Short: "Exit with 0 where URL answers 200", GroupID: "roles", Args: exactly(1),
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
				return fmt.Errorf("%s answered %s", args[0], response.Status)
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

// configured gives a command the flag that settingsOf reads.
func configured(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String("config", "", "file of settings, NAME=VALUE lines; the environment wins (also "+config.File+")")
	return cmd
}

// settingsOf is the environment, with the file that the command's flag names.
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
