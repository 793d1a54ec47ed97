// Countersign activates collaborations between an accounting office and its customers.
// The program runs one role per process; see `countersign help`.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"countersign/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
