package main_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport says which of our packages a package may import: the folder it is
// in, then prefixes. ARCHITECTURE.md draws it.
var mayImport = map[string][]string{
	"collaboration": {},
	"activities":    {"collaboration"},
	"workflows":     {"collaboration", "activities"},
	"worker":        {"collaboration", "activities", "workflows"},
	"starter":       {"collaboration"},
	"ops":           {"collaboration", "starter"},
	"internal":      {"collaboration", "internal"},
	"api":           {"collaboration", "internal", "api"},
	"roles":         {"collaboration", "internal", "activities", "worker", "starter", "ops", "api"},
	"client":        {},
	"cli":           {"collaboration", "internal", "client", "ops", "roles"},
	"":              {"cli"},
}

// onlyStandardLibrary import nothing from elsewhere either; workflows import
// the SDK and nothing else.
var onlyStandardLibrary = []string{"collaboration", "client"}

func TestPackagesImportInOneDirection(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Standard", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; checked++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		from := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "countersign"), "/")
		folder, _, _ := strings.Cut(from, "/")
		allowed, known := mayImport[folder]
		if !known {
			t.Errorf("%s: add the folder to mayImport and to ARCHITECTURE.md", p.ImportPath)
		}
		for _, imported := range p.Imports {
			checkImport(t, folder, from, imported, allowed)
		}
	}
	if checked < 10 {
		t.Fatalf("only %d packages were checked", checked)
	}
}

// enums are words of the SDK's own options.
const enums = "go.temporal.io/api/enums/v1"

func checkImport(t *testing.T, folder, from, imported string, allowed []string) {
	t.Helper()
	ours, isOurs := strings.CutPrefix(imported, "countersign/")
	isStandard := !strings.Contains(strings.Split(imported, "/")[0], ".") && !isOurs
	switch {
	case slices.Contains(onlyStandardLibrary, folder) && !isStandard && !isOurs:
		t.Errorf("%s imports %s: it has the standard library alone", from, imported)
	case folder == "workflows" && !isStandard && !isOurs && !strings.HasPrefix(imported, "go.temporal.io/sdk/") && imported != enums:
		t.Errorf("%s imports %s: workflows have the SDK alone", from, imported)
	case isOurs && !within(ours, from, allowed):
		t.Errorf("%s must not import %s", from, ours)
	}
}

// within also lets a folder import what lies below itself.
func within(imported, from string, allowed []string) bool {
	for _, prefix := range append(allowed, from) {
		if prefix != "" && (imported == prefix || strings.HasPrefix(imported, prefix+"/")) {
			return true
		}
	}
	return false
}
