package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"

	"countersign/dev/build"
	"countersign/dev/flags"
)

func main() {
	if err := launch(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "dev:", err)
		os.Exit(1)
	}
}

// launch builds the program for the arguments and runs it in its place.
func launch(arguments []string) error {
	name, err := programFor(arguments)
	if err != nil {
		return err
	}
	output, err := outputFile(name)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	program := build.Program{Package: "countersign/dev/cmd/" + name, Output: output, Flags: buildFlags(launcherBuild())}
	err = program.Build(ctx, os.Stderr, isTerminal(os.Stderr))
	stop()
	if err != nil {
		return err
	}
	return run(output, arguments)
}

// The programs in dev/cmd. Only embedded contains Temporal's server.
const (
	embedded = "embedded"
	attached = "attached"
)

// programFor returns the program for the arguments. It rejects invalid arguments
// before anything is built.
func programFor(arguments []string) (string, error) {
	if flags.IsCommand(arguments) {
		return attached, nil
	}
	f, err := flags.Parse(arguments, os.Stderr)
	if err != nil {
		return "", err
	}
	if f.Embedded() {
		return embedded, nil
	}
	return attached, nil
}

// outputFile returns a path in the user's cache folder, which differs by checkout.
func outputFile(name string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	_, source, _, _ := runtime.Caller(0)
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	checkout := fnv.New64a()
	checkout.Write([]byte(source))
	return filepath.Join(cache, "countersign", fmt.Sprintf("%016x", checkout.Sum64()), name), nil
}

// disabledFeatures has the build tags that disable unused features of dependencies:
// MessagePack in Gin takes 24 s of processor time to compile. go test has no such tag
// and compiles the importers again. For that reason disable_grpc_modules of Google
// Cloud Storage is absent: it would save 29 s here and cost 75 s in go test.
const disabledFeatures = "nomsgpack"

// buildFlags passes on the flags that the launcher was built with, as in
// go run -race ./dev. The go command reads GOFLAGS itself, but a flag of the same
// name replaces those in it.
func buildFlags(launcher map[string]string) []string {
	tags := disabledFeatures
	if launcher["-tags"] != "" {
		tags = launcher["-tags"] + "," + tags
	}
	result := []string{"-tags=" + tags}
	if launcher["-race"] == "true" {
		result = append(result, "-race")
	}
	if launcher["-ldflags"] != "" {
		return append(result, "-ldflags="+launcher["-ldflags"])
	}
	// As in go run: the program links faster without tables for a debugger.
	return append(result, "-ldflags=-s -w")
}

func launcherBuild() map[string]string {
	settings := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			settings[setting.Key] = setting.Value
		}
	}
	return settings
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
