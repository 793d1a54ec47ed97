package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// The limits of hand-written code. A type or package above its limit does too much.
const (
	maxMethods = 25
	maxFiles   = 25
)

// Exceptions, with the largest size allowed. Lower the number when a type or a
// package shrinks, and delete the line when it is within the limit.
var (
	methodExceptions = map[string]int{
		"dev/harness.Office": 41,
	}
	fileExceptions = map[string]int{}
)

func TestTypes_HaveFewMethods(t *testing.T) {
	t.Parallel()
	methods, _ := countCode(t)
	checkSizes(t, "methods", methods, maxMethods, methodExceptions)
}

func TestPackages_HaveFewFiles(t *testing.T) {
	t.Parallel()
	_, files := countCode(t)
	checkSizes(t, "files", files, maxFiles, fileExceptions)
}

func checkSizes(t *testing.T, unit string, sizes map[string]int, limit int, exceptions map[string]int) {
	t.Helper()
	for name, size := range sizes {
		allowed, isException := exceptions[name]
		if size > max(limit, allowed) {
			t.Errorf("%s has %d %s, at most %d are allowed", name, size, unit, max(limit, allowed))
		}
		if isException && size <= limit {
			t.Errorf("%s has %d %s: delete its exception", name, size, unit)
		}
	}
	for name := range exceptions {
		if _, found := sizes[name]; !found {
			t.Errorf("%s does not exist: delete its exception", name)
		}
	}
}

// countCode counts the methods of each type and the files of each package of all
// modules, without tests and generated files.
func countCode(t *testing.T) (methods, files map[string]int) {
	t.Helper()
	methods, files = map[string]int{}, map[string]int{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "testdata" || path != "." && strings.HasPrefix(entry.Name(), ".")):
			return filepath.SkipDir
		case filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil || ast.IsGenerated(file) {
			return err
		}
		folder := filepath.ToSlash(filepath.Dir(path))
		files[folder]++
		for _, declaration := range file.Decls {
			if receiver := receiverType(declaration); receiver != "" {
				methods[folder+"."+receiver]++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return methods, files
}

// receiverType returns the name of the type that a declaration adds a method to, or "".
func receiverType(declaration ast.Decl) string {
	function, ok := declaration.(*ast.FuncDecl)
	if !ok || function.Recv == nil {
		return ""
	}
	for expression := function.Recv.List[0].Type; ; {
		switch e := expression.(type) {
		case *ast.StarExpr:
			expression = e.X
		case *ast.IndexExpr:
			expression = e.X
		case *ast.IndexListExpr:
			expression = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}
