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
	"| you see | do | it worked when |\n| --- | --- | --- |\n" +
	"| state `failed` | `countersign list --state failed`, then `jq .` | `docker compose ps` is empty |\n" +
	"| another | nothing | |\n" +
	"\n```sh\ncd there   # and\nunheard --of it\n\n```\nThen `redis-cli ping`.\n"

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "RUNBOOK.md")
	if err := os.WriteFile(path, []byte(sample), 0o600); err != nil {
		t.Fatal(err)
	}
	book, err := runbook.Read(path)
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
		{"One", "state `failed`", map[string]string{"you see": "state `failed`", "do": "`countersign list --state failed`, then `jq .`", "it worked when": "`docker compose ps` is empty"}},
		{"One", "another", map[string]string{"you see": "another", "do": "nothing", "it worked when": ""}},
	}; !reflect.DeepEqual(book.Rows, want) {
		t.Errorf("rows %+v", book.Rows)
	}
	if len(book.Sections) != 4 || book.Sections[3].Heading != "One" || !strings.Contains(book.Sections[3].Text, "redis-cli") {
		t.Errorf("sections %+v", book.Sections)
	}
}

const path = "../../RUNBOOK.md"

// Whoever has done what the runbook says must know whether it worked.
func TestEveryRowSaysWhenItWorked(t *testing.T) {
	book, err := runbook.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, row := range book.Rows {
		if _, todo := row.Cells["do"]; !todo {
			continue
		}
		checked++
		for _, column := range []string{"cause", "do", "it worked when"} {
			if row.Cells[column] == "" {
				t.Errorf("%s: %q has no %q", row.Heading, row.Place, column)
			}
		}
	}
	if checked < 40 {
		t.Errorf("only %d rows were found", checked)
	}
}

// An alert has its cause, a command to begin with, and how to know that it is over.
func TestEveryAlertHasACommandAndAnEnd(t *testing.T) {
	book, err := runbook.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	alerts := false
	commands := map[string]int{}
	for _, c := range book.Commands {
		commands[c.Place]++
	}
	checked := 0
	for _, s := range book.Sections {
		if s.Heading == "Alerts" {
			alerts = true
			continue
		}
		if !alerts {
			continue
		}
		checked++
		if commands[s.Heading] == 0 {
			t.Errorf("%s has no command", s.Heading)
		}
		if !strings.Contains(s.Text, "**It worked when**") {
			t.Errorf("%s does not say when it worked", s.Heading)
		}
	}
	if checked < 12 {
		t.Errorf("only %d alerts were found", checked)
	}
}
