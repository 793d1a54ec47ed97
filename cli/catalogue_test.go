package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// writeSolution writes the example into a directory, with a change.
func writeSolution(t *testing.T, name, old, with string) {
	t.Helper()
	text, err := os.ReadFile("../examples/solution.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(text), old, with, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCatalogue_MistakePreventsStart(t *testing.T) {
	settings(t)
	dir := t.TempDir()
	writeSolution(t, filepath.Join(dir, "archive.json"), `"249.50"`, `"249,50"`)
	t.Setenv("COUNTERSIGN_CATALOGUE_DIR", dir)
	for _, command := range []string{"check", "api", "worker"} {
		code, _, stderr := run(t, command)
		want := "\n  - COUNTERSIGN_CATALOGUE_DIR archive.json: variants[1].price.amount: must be a decimal number in quotes"
		if code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d, %s", command, code, stderr)
		}
	}
}

func TestCatalogue_CheckListsSolutions(t *testing.T) {
	settings(t)
	if code, _, stderr := run(t, "migrate"); code != 0 {
		t.Fatal(stderr)
	}
	_, added, _ := run(t, "office", "add", "Byrån", "--manager", "chef@byran.example")
	office := regexp.MustCompile(`office-\w+`).FindString(added)
	dir := t.TempDir()
	t.Setenv("COUNTERSIGN_CATALOGUE_DIR", dir)
	writeSolution(t, filepath.Join(dir, "archive.json"), "", "")
	writeSolution(t, filepath.Join(dir, "scanner.json"), `"document-archive"`, `"spiris-scanner"`)
	writeSolution(t, filepath.Join(dir, office, "archive.json"), `"99"`, `"89"`)
	checkCatalogue(t, true, "solutions: 5; added document-archive; replaced spiris-scanner; "+office+" replaced document-archive")
	writeSolution(t, filepath.Join(dir, "office-typo", "archive.json"), "", "")
	checkCatalogue(t, false, `there is no office "office-typo"`)
}

func checkCatalogue(t *testing.T, ok bool, detail string) {
	t.Helper()
	_, answer := checkJSON(t, "worker")
	for _, f := range answer.Connections {
		if f.Name == "catalogue" {
			if f.OK != ok || f.Detail != detail {
				t.Errorf("got %+v, want %q", f, detail)
			}
			return
		}
	}
	t.Errorf("the catalogue was not checked: %+v", answer)
}
