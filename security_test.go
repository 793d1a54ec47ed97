package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var namedTest = regexp.MustCompile("`([a-z0-9/]*)\\.((?:Test|Fuzz)[A-Za-z0-9_]+)`")

// Each row of the threat model in docs/security.md names existing tests.
func TestThreatModel_NamesItsTests(t *testing.T) {
	t.Parallel()
	section, text := threatModel(t)
	rows := 0
	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| threat") || strings.HasPrefix(line, "| ---") {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if named := namedTest.FindAllString(cells[len(cells)-1], -1); len(named) == 0 || strings.Join(named, " ") != strings.TrimSpace(cells[len(cells)-1]) {
			t.Errorf("the last cell of a row must list its tests: %s", line)
		}
	}
	if rows < 20 {
		t.Errorf("%d rows", rows)
	}
	for _, m := range namedTest.FindAllStringSubmatch(text, -1) {
		if folder := "./" + m[1]; !slices.Contains(testsIn(t, folder), m[2]) {
			t.Errorf("%s has no %s", folder, m[2])
		}
	}
}

// threatModel returns the section of docs/security.md, and the whole text.
func threatModel(t *testing.T) (section, text string) {
	t.Helper()
	content, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ = strings.Cut(string(content), "\n## Threat model\n")
	section, _, _ = strings.Cut(section, "\n## ")
	return section, string(content)
}

// testsIn returns the names of the tests in a folder.
func testsIn(t *testing.T, folder string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}

// secretComparisons are the functions that compare a secret with a caller's value, by
// file.
var secretComparisons = map[string][]string{
	"internal/link/token.go":             {"authenticate"},
	"internal/identity/static_tokens.go": {"email"},
	"internal/identity/login.go":         {"isEqual"},
	"api/page/gate.go":                   {"isFormOfThisLogin"},
}

// Secrets are compared in constant time, so that the time of a rejection reveals
// nothing about them.
func TestSecrets_AreComparedInConstantTime(t *testing.T) {
	t.Parallel()
	for file, functions := range secretComparisons {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !slices.Contains(functions, f.Name.Name) {
				continue
			}
			functions = slices.DeleteFunc(slices.Clone(functions), func(name string) bool { return name == f.Name.Name })
			inConstantTime := false
			ast.Inspect(f, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					if called, ok := call.Fun.(*ast.SelectorExpr); ok {
						inConstantTime = inConstantTime || called.Sel.Name == "ConstantTimeCompare" || text(called.X) == "hmac" && called.Sel.Name == "Equal"
					}
				}
				if e, ok := n.(*ast.BinaryExpr); ok && (e.Op == token.EQL || e.Op == token.NEQ) && maybeSecret(e.X) && maybeSecret(e.Y) {
					t.Errorf("%s: %s compares %s and %s", file, f.Name.Name, text(e.X), text(e.Y))
				}
				return true
			})
			if !inConstantTime {
				t.Errorf("%s: %s does not compare in constant time", file, f.Name.Name)
			}
		}
		if len(functions) > 0 {
			t.Errorf("%s has no %v", file, functions)
		}
	}
}

// maybeSecret reports whether an expression can be a secret: it is no number, literal
// or constant.
func maybeSecret(e ast.Expr) bool {
	name := text(e)
	return name != "" && !slices.Contains([]string{"nil", "fields", "version", "longest"}, name)
}

func text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.IndexExpr:
		return text(e.X)
	case *ast.SelectorExpr:
		return text(e.X) + "." + e.Sel.Name
	case *ast.CallExpr:
		return text(e.Fun)
	}
	return ""
}

// The balancer of docker-compose.yml logs no requests: their addresses contain links of
// invitations and searches.
func TestBalancer_HasNoAccessLog(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("deploy/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "reverse_proxy") || regexp.MustCompile(`(?m)^\s*log\b`).Match(text) {
		t.Errorf("the Caddyfile has an access log:\n%s", text)
	}
}
