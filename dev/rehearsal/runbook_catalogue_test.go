package rehearsal_test

import (
	"os"
	"path/filepath"
	"strings"
)

// A file of a solution has a mistake. Then one office has a price of its own.
func catalogueIsWrong(r *runbookScenario) {
	dir := r.t.TempDir()
	r.settings = []string{"COUNTERSIGN_CATALOGUE_DIR=" + dir}
	r.writeSolution(filepath.Join(dir, "archive.json"), `"249.50"`, `"249,50"`)
	r.see("`COUNTERSIGN_CATALOGUE_DIR` with a file, a field and a reason, exit code 2")
	if code, output := r.try("countersign check"); code != 2 || !strings.Contains(output, "archive.json: variants[1].price.amount") {
		r.t.Errorf("a wrong price: exit code %d: %s", code, output)
	}
	r.writeSolution(filepath.Join(dir, "archive.json"), "", "")
	r.wants("catalogue ok", "countersign check")
	r.see("Add or change a solution")
	r.wants("added document-archive", "countersign check")

	r.see("One office only")
	r.wants("office-1", "countersign office list")
	r.writeSolution(filepath.Join(dir, "office-1", "archive.json"), `"99"`, `"89"`)
	r.wants("office-1 replaced document-archive", "countersign check")
	r.writeSolution(filepath.Join(dir, "office-typo", "archive.json"), "", "")
	if code, output := r.try("countersign check"); code != 1 || !strings.Contains(output, `"office-typo"`) {
		r.t.Errorf("a folder without an office: exit code %d: %s", code, output)
	}
	r.settings = nil
}

// writeSolution writes the example of a solution into a file, with a change.
func (r *runbookScenario) writeSolution(path, old, with string) {
	r.t.Helper()
	text, err := os.ReadFile("../../examples/solution.json")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = os.WriteFile(path, []byte(strings.Replace(string(text), old, with, 1)), 0o600)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}
