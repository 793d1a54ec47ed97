package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/bootstrap"
	"countersign/internal/config"
	"countersign/ops"
)

// releaseCommand is the last step of an upgrade and the first step of a rollback.
func releaseCommand() *cobra.Command {
	var build string
	var percent float32
	var wait time.Duration
	var unversioned bool
	cmd := withConfigFlag(&cobra.Command{
		Use: "release", Short: "Route all workflow executions to the workers of this build, or of --build", GroupID: "roles",
		Long: "Route all workflow executions, including open ones, to the workers of COUNTERSIGN_BUILD or --build. The\n" +
			"command waits until they poll, and prints the previous build. It is idempotent.\n\n" +
			"The workers of a build receive no tasks before its release.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Load(config.Operator, settingsOf(cmd))
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("build") {
				build = c.Build
			}
			switch {
			case unversioned && cmd.Flags().Changed("build"):
				return usageError{errors.New("--build and --unversioned exclude each other")}
			case unversioned:
				build = ""
			case build == "":
				return usageError{errors.New("set COUNTERSIGN_BUILD as for its workers, or pass --build")}
			}
			if percent < 0 || percent > 100 {
				return usageError{errors.New("--percent must be from 0 to 100")}
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), wait)
			defer cancel()
			return release(ctx, cmd, c, build, percent)
		},
	})
	cmd.Flags().StringVar(&build, "build", "", "release this build instead, for example the previous one")
	cmd.Flags().BoolVar(&unversioned, "unversioned", false, "release the workers without a build")
	cmd.Flags().Float32Var(&percent, "percent", 0, "route only this percentage of workflow executions to the build")
	cmd.Flags().DurationVar(&wait, "wait", 5*time.Minute, "maximum time to wait for its workers")
	return cmd
}

func release(ctx context.Context, cmd *cobra.Command, c config.Config, build string, percent float32) error {
	temporal, closeAll, err := bootstrap.Operator(ctx, c)
	if err != nil {
		return err
	}
	defer closeAll()
	before, err := ops.Release(ctx, temporal, build, percent)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	switch {
	case percent > 0 && build != before.Build:
		_, err = fmt.Fprintf(out, "%s receives %v %% of all workflow executions, %s the others.\n", ops.BuildName(build), percent, ops.BuildName(before.Build))
	case before == ops.Routing{Build: build}:
		_, err = fmt.Fprintf(out, "%s is already released.\n", ops.BuildName(build))
	default:
		_, err = fmt.Fprintf(out, "%s is released. Previously: %s.\n", ops.BuildName(build), before)
	}
	return err
}
