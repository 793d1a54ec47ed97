// Countersign activates collaborations between an accounting office and its
// customers. One binary, a role each: see `countersign help`.
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
	defer stop()
	os.Exit(cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
