package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"countersign/dev/stack"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := runStack
	args := os.Args[1:]
	if len(args) > 0 && commands[args[0]] != nil {
		run, args = commands[args[0]], args[1:]
	}
	if err := run(ctx, args); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "dev:", err)
		os.Exit(1)
	}
}

// commands are what can be done beside running the stack.
var commands = map[string]func(context.Context, []string) error{"forward": runForward, "token": runToken}

func runStack(ctx context.Context, args []string) error {
	var o stack.Options
	flags := flag.NewFlagSet("dev", flag.ContinueOnError)
	o.RegisterFlags(flags)
	verbose := flags.Bool("verbose", false, "log every request and step")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("no such command: %q (there are forward and token)", flags.Arg(0))
	}
	level := slog.LevelWarn
	if *verbose {
		level = slog.LevelInfo
	}
	o.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	fmt.Println("Countersign is starting …")
	err := stack.Run(ctx, o, func(a stack.Addresses) { welcome(o, a) })
	fmt.Println("Countersign has stopped. Everything is kept in", o.Dir)
	return err
}

func welcome(o stack.Options, a stack.Addresses) {
	fmt.Printf(`
Countersign is running. Ctrl-C stops it; everything is kept in %s.

  Countersign    %s      log in as Maja Ekström, who is a manager at the office
  Inbox          %s      every mail that was sent, its links clickable
  Web UI         %s      every activation as the engine sees it; in clear text
                                           for who is logged in as Olle Drift, an operator
  API            %s/docs

The login at %s asks for no password; every person is a button.

Try the command line (in another terminal):

  export COUNTERSIGN_URL=%s COUNTERSIGN_TOKEN=%s
  go run . customers
  go run . start c-1001 --task t-1001-1 --payer office --months 12

or with curl:

  curl -H "Authorization: Bearer %s" %s/v1/customers

An access token of anybody else: go run ./dev token tove@fagelsang.example

`, o.Dir, a.API, a.Inbox, a.WebUI, a.API, a.Login, a.API, stack.ManagerToken, stack.ManagerToken, a.API)
}
