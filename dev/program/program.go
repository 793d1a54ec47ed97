package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"countersign/dev/flags"
	"countersign/dev/stack"
)

// Main runs a program until it ends or is interrupted.
func Main(run func(context.Context, []string) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "dev:", err)
		os.Exit(1)
	}
}

// RunStack runs the stack that the flags describe.
func RunStack(f flags.Flags, run func(stack.Options, func(stack.Addresses)) error) error {
	level := slog.LevelWarn
	if f.Verbose {
		level = slog.LevelInfo
	}
	o := stack.Options{
		Dir: f.Data, Port: f.Port, InboxPort: f.InboxPort, LoginPort: f.LoginPort, DatabaseURL: f.Database, RedisURL: f.Redis, LargeOffice: true,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})),
	}
	fmt.Println("Countersign is starting …")
	err := run(o, func(a stack.Addresses) { fmt.Print(welcome(f, a)) })
	fmt.Println("Countersign has stopped. All data is kept in", f.Data)
	return err
}
