package runbook_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"countersign/dev/runbook"
)

const sample = "# Runbook\n" +
	"Look with `countersign\nstatus ID`; `ID` is an id, `countersign` a program.\n" +
	"\n## Alerts\n### One\n" +
	"| symptom | action | verify |\n| --- | --- | --- |\n" +
	"| state `failed` | `countersign list --state failed`, then `jq .` | `docker compose ps` is empty |\n" +
	"| another | nothing | |\n" +
	"\n```mermaid\nflowchart\n```\n```sh\ncd there   # and\nunheard --of it\n\n```\nThen `redis-cli ping`.\n"

func TestRead(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, text := range map[string]string{"page.md": sample, "install.md": "`docker compose up`\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	book, err := runbook.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	if want := []runbook.Command{
		{Place: "Runbook", Line: "countersign status ID"},
		{Place: "state `failed`", Line: "countersign list --state failed"}, {Place: "state `failed`", Line: "jq ."}, {Place: "state `failed`", Line: "docker compose ps"},
		{Place: "One", Line: "cd there"}, {Place: "One", Line: "unheard --of it"}, {Place: "One", Line: "redis-cli ping"},
	}; !reflect.DeepEqual(book.Commands, want) {
		t.Errorf("commands %+v", book.Commands)
	}
	if want := []runbook.Row{
		{"One", "state `failed`", map[string]string{"symptom": "state `failed`", "action": "`countersign list --state failed`, then `jq .`", "verify": "`docker compose ps` is empty"}},
		{"One", "another", map[string]string{"symptom": "another", "action": "nothing", "verify": ""}},
	}; !reflect.DeepEqual(book.Rows, want) {
		t.Errorf("rows %+v", book.Rows)
	}
	if len(book.Sections) != 4 || book.Sections[3].Page != "page.md" || book.Sections[3].Heading != "One" || !strings.Contains(book.Sections[3].Text, "redis-cli") {
		t.Errorf("sections %+v", book.Sections)
	}
}

const folder = "../../docs/operate"

// An operator can verify each action of the runbook.
func TestRows_HaveCauseActionAndVerification(t *testing.T) {
	t.Parallel()
	book, err := runbook.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, row := range book.Rows {
		if _, todo := row.Cells["action"]; !todo {
			continue
		}
		checked++
		for _, column := range []string{"cause", "action", "verify"} {
			if row.Cells[column] == "" {
				t.Errorf("%s: %q has no %q", row.Heading, row.Place, column)
			}
		}
	}
	if checked < 40 {
		t.Errorf("only %d rows were found", checked)
	}
}

// Each alert has a first command and a verification.
func TestAlerts_HaveCommandAndVerification(t *testing.T) {
	t.Parallel()
	book, err := runbook.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	commands := map[string]int{}
	for _, c := range book.Commands {
		commands[c.Place]++
	}
	checked := 0
	for _, s := range book.Sections {
		if s.Page != "alerts.md" || s.Heading == "" || s.Heading == "Alerts" {
			continue
		}
		checked++
		if commands[s.Heading] == 0 {
			t.Errorf("%s has no command", s.Heading)
		}
		if !strings.Contains(s.Text, "**Verify:**") {
			t.Errorf("%s has no verification", s.Heading)
		}
	}
	if checked < 12 {
		t.Errorf("only %d alerts were found", checked)
	}
}
