package main

import (
	"context"
	"flag"
	"fmt"

	"countersign/dev/login"
)

// runToken prints the access token of a person, for curl and the command line.
func runToken(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("dev token", flag.ContinueOnError)
	issuer := flags.String("login", "http://localhost:8081", "URL of the stack's login")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: go run ./dev token EMAIL\n\nThe token is valid for an hour.")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		flags.Usage()
		return flag.ErrHelp
	}
	token, err := login.AccessToken(ctx, *issuer, flags.Arg(0))
	if err != nil {
		return fmt.Errorf("is `go run ./dev` running? %w", err)
	}
	fmt.Println(token)
	return nil
}
