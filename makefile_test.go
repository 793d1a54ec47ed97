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

// make rehearse selects the test functions that contain rehearsal.Only or rehearsal.Enabled.
// A use in another function would select no test.
func TestMakefile_SelectsEachRehearsal(t *testing.T) {
	t.Parallel()
	use, function := regexp.MustCompile(`\brehearsal\.(Only|Enabled)\b`), regexp.MustCompile(`(?ms)^func Test\w+\(.*?^}`)
	uses := 0
	eachTestFile(t, func(path, text string) {
		all := len(use.FindAllString(text, -1))
		selected := len(use.FindAllString(strings.Join(function.FindAllString(text, -1), "\n"), -1))
		if !strings.HasPrefix(path, "makefile") && all != selected {
			t.Errorf("%s: %d of %d uses of rehearsal.Only and rehearsal.Enabled are in test functions", path, selected, all)
		}
		uses += selected
	})
	if uses < 30 {
		t.Errorf("only %d uses were checked", uses)
	}
}

// testFunctions returns the text of all tests of all modules.
func testFunctions(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	eachTestFile(t, func(_, text string) { all.WriteString(text) })
	return all.String()
}

// eachTestFile calls do with the path and the text of each file of tests, of all modules.
func eachTestFile(t *testing.T, do func(path, text string)) {
	t.Helper()
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
		do(path, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
