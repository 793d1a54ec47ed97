package build_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"countersign/dev/build"
	"countersign/internal/eventually"
)

// writeSource writes a program without imports, which compiles quickly.
func writeSource(t *testing.T, text string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "main.go")
	writeFile(t, file, text)
	return file
}

func writeFile(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte("package main\n\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func buildProgram(t *testing.T, p build.Program) (printed string, err error) {
	t.Helper()
	var output bytes.Buffer
	err = p.Build(eventually.Context(t), &output, false)
	return output.String(), err
}

func outputOf(t *testing.T, p build.Program) string {
	t.Helper()
	output, err := exec.CommandContext(eventually.Context(t), p.Output).CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	return string(output)
}

func TestBuild_BuildsOnlyChanges(t *testing.T) {
	t.Parallel()
	file := writeSource(t, `func main() { print("first") }`)
	p := build.Program{Package: file, Output: filepath.Join(t.TempDir(), "new", "program")}
	printed, err := buildProgram(t, p)
	if err != nil || !strings.Contains(printed, "first time") || outputOf(t, p) != "first" {
		t.Fatalf("first build: %v, printed %q", err, printed)
	}
	built, err := os.Stat(p.Output)
	if err != nil {
		t.Fatal(err)
	}

	printed, err = buildProgram(t, p)
	again, statErr := os.Stat(p.Output)
	if err != nil || statErr != nil || printed != "" || !os.SameFile(built, again) {
		t.Errorf("without a change: %v, %v, printed %q, linked again: %t", err, statErr, printed, !os.SameFile(built, again))
	}

	writeFile(t, file, `func main() { print("second") }`)
	if printed, err = buildProgram(t, p); err != nil || strings.Contains(printed, "first time") || outputOf(t, p) != "second" {
		t.Errorf("after a change: %v, printed %q, the program prints %q", err, printed, outputOf(t, p))
	}
}

func TestBuild_PrintsCompleteErrors(t *testing.T) {
	t.Parallel()
	p := build.Program{Package: writeSource(t, "func main() {\n\tvar x int\n\tvar y int\n}"), Output: filepath.Join(t.TempDir(), "program")}
	printed, err := buildProgram(t, p)
	if err == nil || !strings.Contains(err.Error(), "go build") {
		t.Errorf("error %v", err)
	}
	for _, want := range []string{"main.go:4:6: declared and not used: x\n", "main.go:5:6: declared and not used: y\n"} {
		if !strings.Contains(printed, want) {
			t.Errorf("%q is missing in:\n%s", want, printed)
		}
	}
}

func TestBuild_PassesFlags(t *testing.T) {
	t.Parallel()
	file := writeSource(t, `var text string; func main() { print(text) }`)
	p := build.Program{Package: file, Output: filepath.Join(t.TempDir(), "program"), Flags: []string{"-ldflags=-X main.text=flag"}}
	if printed, err := buildProgram(t, p); err != nil || outputOf(t, p) != "flag" {
		t.Errorf("%v, printed %q, the program prints %q", err, printed, outputOf(t, p))
	}
}
