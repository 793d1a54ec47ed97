package harness

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"

	"countersign/internal/eventually"
)

// Program builds the shipped program once per test binary and returns its path.
var Program = sync.OnceValues(func() (string, error) {
	return Compile("countersign")
})

// ProgramDir is the folder of the programs that tests build. Main removes it.
var ProgramDir string

// Compile builds the program with more flags of go build.
func Compile(name string, flags ...string) (path string, err error) {
	path = filepath.Join(ProgramDir, name)
	build := exec.Command("go", slices.Concat([]string{"build", "-ldflags=-s -w", "-o", path}, flags, []string{"countersign"})...)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return path, nil
}

// RunCommand runs a command of the product until it exits. The command has only the
// variables of environment.
func RunCommand(t *testing.T, environment []string, arguments ...string) (code int, output string) {
	t.Helper()
	Program() // builds before the deadline begins
	out, err := programCommand(t, eventually.Context(t), Program, environment, arguments...).CombinedOutput()
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode(), string(out)
	} else if err != nil {
		t.Fatal(err)
	}
	return 0, string(out)
}

func programCommand(t *testing.T, ctx context.Context, program func() (string, error), environment []string, arguments ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(ctx, path, arguments...)
	c.Env = environment
	if c.Env == nil {
		c.Env = []string{} // nil would inherit the environment of the tests
	}
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return c
}
