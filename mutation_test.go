package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/rehearsal"
)

// The threat model names the test of each guard, and each guard is in the product.
func TestGuards_AreInThreatModel(t *testing.T) {
	t.Parallel()
	model, _ := threatModel(t)
	for _, g := range guards {
		if !strings.Contains(model, "`"+g.test+"`") {
			t.Errorf("no row of the threat model names %s", g.test)
		}
		if _, problem := g.removed(t); problem != "" {
			t.Errorf("%s: %s", g.test, problem)
		}
	}
}

// The test of each guard fails without it.
func TestGuards_AreTested(t *testing.T) {
	rehearsal.Only(t)
	for _, g := range guards {
		t.Run(g.test, func(t *testing.T) {
			t.Parallel()
			if problem := g.check(t); problem != "" {
				t.Error(problem)
			}
		})
	}
}

func TestGuards_CheckReportsProblems(t *testing.T) {
	rehearsal.Only(t)
	for want, change := range map[string]func(*guard){
		"":                 func(*guard) {},
		"passes without":   func(g *guard) { g.without = g.source },
		"does not compile": func(g *guard) { g.without = "if c.Purpose {" },
		"occurs 0 times":   func(g *guard) { g.source = "if c.Purpose == purpose {" },
		"occurs 2 times":   func(g *guard) { g.source = `parts := strings.Split(payload, ".")` },
		"did not run":      func(g *guard) { g.test = "internal/link.TestVerify_DoesNotExist" },
		"stopped":          func(g *guard) { g.without = `if panic("stopped"); false {` },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			g := guards[0]
			change(&g)
			if problem := g.check(t); (problem == "") != (want == "") || !strings.Contains(problem, want) {
				t.Errorf("got %q, want %q", problem, want)
			}
		})
	}
}

// removed returns the file without the guard, or the reason why that is not possible.
func (g guard) removed(t *testing.T) (text, problem string) {
	t.Helper()
	source, err := os.ReadFile(g.file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), g.source); n != 1 {
		return "", fmt.Sprintf("%q occurs %d times in %s", g.source, n, g.file)
	}
	return strings.Replace(string(source), g.source, g.without, 1), ""
}

// check runs the test without the guard. It returns why that is no proof; "" if the test
// fails. The file without the guard is an overlay of the build: the tree stays as it is.
func (g guard) check(t *testing.T) (problem string) {
	t.Helper()
	text, problem := g.removed(t)
	if problem != "" {
		return problem
	}
	folder, name, _ := strings.Cut(g.test, ".")
	build := exec.CommandContext(t.Context(), "go", "test", "-overlay", overlay(t, g.file, text), "-vet=off", "-count=1", "-timeout=2m", "-v", "-run=^"+name+"$", "./"+folder)
	output, err := build.CombinedOutput()
	switch out := string(output); {
	case strings.Contains(out, "\n--- FAIL: "+name+" (") && !strings.Contains(out, "\npanic: "):
		return ""
	case strings.Contains(out, "[build failed]"), strings.Contains(out, "[setup failed]"):
		return fmt.Sprintf("%s does not compile without its guard:\n%s", g.file, out)
	case err != nil:
		return fmt.Sprintf("%s stopped for another cause than a failure: %v\n%s", name, err, out)
	case !strings.Contains(out, "\n--- PASS: "+name+" ("):
		return fmt.Sprintf("%s did not run:\n%s", name, out)
	}
	return fmt.Sprintf("%s passes without %q in %s", name, g.source, g.file)
}

// overlay writes an overlay of the go command that replaces the text of a file, and returns
// its path.
func overlay(t *testing.T, file, text string) string {
	t.Helper()
	write := func(name string, content []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	original, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	replaced, err := json.Marshal(map[string]any{"Replace": map[string]string{original: write(filepath.Base(file), []byte(text))}})
	if err != nil {
		t.Fatal(err)
	}
	return write("overlay.json", replaced)
}
