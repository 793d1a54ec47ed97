package build

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// Program is what to build.
type Program struct {
	// Package is its import path, Output its file. Flags are those of go build.
	Package, Output string
	Flags           []string
}

// Build builds the program unless it is up to date. If nothing has to be compiled, it
// writes only errors.
func (p Program) Build(ctx context.Context, output io.Writer, isTerminal bool) error {
	if err := os.MkdirAll(filepath.Dir(p.Output), 0o755); err != nil {
		return err
	}
	screen := &display{output: output, isTerminal: isTerminal, progress: progress{workers: runtime.GOMAXPROCS(0)}}
	if _, err := os.Stat(p.Output); err != nil {
		screen.printLine("Building the development stack. This takes minutes the first time; later builds compile only changes.")
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	defer reader.Close()
	command := p.command(ctx, "build", "-v", "-o", p.Output)
	command.Stdout, command.Stderr = writer, writer
	err = command.Start()
	writer.Close()
	if err != nil {
		return err
	}
	p.follow(ctx, reader, screen)
	screen.finish()
	if err := command.Wait(); ctx.Err() != nil {
		return fmt.Errorf("interrupted while building; the next start keeps the packages compiled so far: %w", ctx.Err())
	} else if err != nil {
		return fmt.Errorf("go build %s: %w", p.Package, err)
	}
	return nil
}

func (p Program) command(ctx context.Context, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, "go", append(append(arguments, p.Flags...), p.Package)...)
	// An interrupted go command removes its temporary files.
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 10 * time.Second
	return command
}

// follow shows the output of go build until its end.
func (p Program) follow(ctx context.Context, buildOutput io.Reader, screen *display) {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for reader := bufio.NewReader(buildOutput); ; {
			line, err := reader.ReadString('\n')
			if line != "" {
				lines <- line
			}
			if err != nil {
				return
			}
		}
	}()
	listed, listing := make(chan []listedPackage, 1), false
	ticker := time.NewTicker(screen.interval())
	defer ticker.Stop()
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				return
			}
			screen.add(line, time.Now())
			// go list takes seconds, so it runs only if the build compiles a package.
			if !listing && screen.progress.isCompiling() {
				listing = true
				go func() { listed <- p.list(ctx) }()
			}
		case packages := <-listed:
			screen.progress.expect(packages)
		case now := <-ticker.C:
			screen.refresh(now)
		}
	}
}

// list returns no packages if go list fails: go build then prints the reason.
func (p Program) list(ctx context.Context) []listedPackage {
	command := p.command(ctx, "list", "-deps", "-json="+listedFields)
	output, err := command.Output()
	if err != nil {
		return nil
	}
	packages, err := parseList(output)
	if err != nil {
		return nil
	}
	for i := range packages {
		packages[i].measure()
	}
	return packages
}
