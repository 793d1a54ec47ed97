// Command attached runs Countersign on a Temporal that is running already, and the
// commands of the development stack. go run ./dev builds and runs it. It compiles
// without Temporal's server.
package main

import (
	"context"
	"os"

	"countersign/dev/attached"
	"countersign/dev/flags"
	"countersign/dev/program"
	"countersign/dev/stack"
)

func main() { program.Main(run) }

func run(ctx context.Context, arguments []string) error {
	if flags.IsCommand(arguments) {
		commands := map[string]func(context.Context, []string) error{flags.Forward: runForward, flags.Token: runToken}
		return commands[arguments[0]](ctx, arguments[1:])
	}
	f, err := flags.Parse(arguments, os.Stderr)
	if err != nil {
		return err
	}
	return program.RunStack(f, func(o stack.Options, ready func(stack.Addresses)) error {
		o.Temporal = stack.Temporal{Address: f.Temporal, Namespace: f.Namespace, WebUI: f.WebUI}
		return attached.Run(ctx, o, ready)
	})
}
