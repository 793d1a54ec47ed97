package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"countersign/collaboration"
	"countersign/dev/clock"
)

// runForward moves one activation's clock ahead.
func runForward(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("dev forward", flag.ContinueOnError)
	address := flags.String("temporal", "localhost:7233", "where the embedded engine listens")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: go run ./dev forward ACTIVATION HOW-FAR\n\nHOW-FAR is a number of days (30d), months (12mo) or a duration (36h).")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 2 {
		flags.Usage()
		return flag.ErrHelp
	}
	id, err := collaboration.ParseActivationID(flags.Arg(0))
	if err != nil {
		return fmt.Errorf("%q is not an activation", flags.Arg(0))
	}
	engine, err := client.DialContext(ctx, client.Options{HostPort: *address, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		return fmt.Errorf("is `go run ./dev` running? %w", err)
	}
	defer engine.Close()
	from, err := clock.Now(ctx, engine, id.WorkflowID())
	if err != nil {
		return err
	}
	d, err := howFar(flags.Arg(1), from)
	if err != nil {
		return err
	}
	if err := clock.FastForward(ctx, engine, id.WorkflowID(), d); err != nil {
		return err
	}
	fmt.Printf("For this activation it was %s and is now %s.\n", day(from), day(from.Add(d)))
	return nil
}

var span = regexp.MustCompile(`^(\d+)(d|mo)$`)

// howFar reads 30d, 12mo or a duration. Months are calendar months from the
// activation's own now, and an hour more, to be past their end.
func howFar(s string, from time.Time) (time.Duration, error) {
	m := span.FindStringSubmatch(s)
	if m == nil {
		d, err := time.ParseDuration(s)
		if err != nil || d <= 0 {
			return 0, fmt.Errorf("how far? %q is not like 30d, 12mo or 36h", s)
		}
		return d, nil
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n < 1 || n > 1200 {
		return 0, fmt.Errorf("how far? %s is out of range", s)
	}
	if m[2] == "d" {
		return time.Duration(n) * 24 * time.Hour, nil
	}
	return collaboration.DateOf(from).AddMonths(n).Start().Add(time.Hour).Sub(from), nil
}

func day(t time.Time) string { return t.In(collaboration.Stockholm).Format("2006-01-02 15:04") }
