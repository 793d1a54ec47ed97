// Command embedded runs all of Countersign with a Temporal server in one process.
// go run ./dev builds and runs it.
package main

import (
	"context"
	"errors"
	"os"

	"countersign/dev/embedded"
	"countersign/dev/flags"
	"countersign/dev/program"
	"countersign/dev/stack"
	"countersign/dev/temporalserver"
)

func main() { program.Main(run) }

func run(ctx context.Context, arguments []string) error {
	f, err := flags.Parse(arguments, os.Stderr)
	if err != nil {
		return err
	}
	if !f.Embedded() {
		return errors.New("-temporal is a flag of dev/cmd/attached")
	}
	return program.RunStack(f, func(o stack.Options, ready func(stack.Addresses)) error {
		return embedded.Run(ctx, embedded.Options{Options: o, Server: temporalserver.Options{Port: f.TemporalPort, UIPort: f.UIPort}}, ready)
	})
}
