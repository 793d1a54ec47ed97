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

// runForward moves the clock of one activation.
func runForward(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("dev forward", flag.ContinueOnError)
	address := flags.String("temporal", "localhost:7233", "host:port of the stack's Temporal, which must support time skipping, as the embedded one does")
	namespace := flags.String("namespace", client.DefaultNamespace, "namespace in it")
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
	temporal, err := client.DialContext(ctx, client.Options{HostPort: *address, Namespace: *namespace, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		return fmt.Errorf("is `go run ./dev` running? %w", err)
	}
	defer temporal.Close()
	activation := clock.Workflow{Client: temporal, Namespace: *namespace, ID: id.WorkflowID()}
	from, err := activation.Now(ctx)
	if err != nil {
		return err
	}
	d, err := howFar(flags.Arg(1), from)
	if err != nil {
		return err
	}
	if err := activation.FastForward(ctx, d); err != nil {
		return err
	}
	fmt.Printf("For this activation it was %s and is now %s.\n", day(from), day(from.Add(d)))
	return nil
}

var span = regexp.MustCompile(`^(\d+)(d|mo)$`)

// howFar parses 30d, 12mo or a duration. Months are calendar months from the
// activation's time, plus an hour, so that the clock passes the end of the last day.
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
