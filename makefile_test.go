package main_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A pattern that matches no test passes silently, so every name in the Makefile and in
// the gate must be the beginning of a test's name.
func TestMakefile_NamesExistingTests(t *testing.T) {
	t.Parallel()
	tests := testFunctions(t)
	checked := 0
	for _, file := range []string{"Makefile", ".ci/run"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\b(Test|Fuzz)[A-Z]\w*`).FindAllString(string(text), -1) {
			checked++
			if !strings.Contains(tests, "\nfunc "+name) {
				t.Errorf("%s names %s, which does not exist", file, name)
			}
		}
	}
	if checked < 10 {
		t.Errorf("only %d names were checked", checked)
	}
}

// testFunctions returns the text of all tests of all modules.
func testFunctions(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "node_modules":
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
