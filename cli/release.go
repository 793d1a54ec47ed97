package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/config"
	"countersign/ops"
	"countersign/roles"
)

// releaseCommand is the last step of an upgrade, and the first of going back.
func releaseCommand() *cobra.Command {
	var build string
	var percent float32
	var wait time.Duration
	var unversioned bool
	cmd := configured(&cobra.Command{
		Use: "release", Short: "Have this build's workers take over every run; with --build OLD, back again", GroupID: "roles",
		Long: "Have the workers of a build take over every run, those under way too: of COUNTERSIGN_BUILD, or the one that\n" +
			"--build names. It waits until they poll, and says who worked before. Doing it again changes nothing.\n\n" +
			"Workers that name their build are given nothing before they are released.",
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
				return usageError{errors.New("--build or --unversioned: not both")}
			case unversioned:
				build = ""
			case build == "":
				return usageError{errors.New("which build? Set COUNTERSIGN_BUILD, as its workers have it, or --build")}
			}
			if percent < 0 || percent > 100 {
				return usageError{errors.New("--percent must be from 0 to 100")}
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), wait)
			defer cancel()
			return release(ctx, cmd, c, build, percent)
		},
	})
	cmd.Flags().StringVar(&build, "build", "", "release this build instead, such as the one before")
	cmd.Flags().BoolVar(&unversioned, "unversioned", false, "have workers without a build take over again")
	cmd.Flags().Float32Var(&percent, "percent", 0, "have it take over only so many of a hundred runs, to see how it does")
	cmd.Flags().DurationVar(&wait, "wait", 5*time.Minute, "how long to wait for its workers")
	return cmd
}

func release(ctx context.Context, cmd *cobra.Command, c config.Config, build string, percent float32) error {
	engine, leave, err := roles.Operator(ctx, c)
	if err != nil {
		return err
	}
	defer leave()
	before, err := ops.Release(ctx, engine, build, percent)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	switch {
	case percent > 0 && build != before.Build:
		_, err = fmt.Fprintf(out, "%s takes over %v %% of all runs, %s has the others.\n", ops.BuildName(build), percent, ops.BuildName(before.Build))
	case before == ops.Routing{Build: build}:
		_, err = fmt.Fprintf(out, "%s is released already.\n", ops.BuildName(build))
	default:
		_, err = fmt.Fprintf(out, "%s is released. Before, it was %s.\n", ops.BuildName(build), before)
	}
	return err
}
