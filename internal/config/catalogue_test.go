package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/internal/config"
)

// catalogueDir returns a directory with files of solutions.
func catalogueDir(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func example(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../examples/solution.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCatalogue_AddsFilesOfDirectory(t *testing.T) {
	t.Parallel()
	for dir, want := range map[string]bool{"": false, catalogueDir(t, nil): false, catalogueDir(t, map[string]string{"archive.json": example(t)}): true} {
		c, err := config.Load(config.API, with("CATALOGUE_DIR", dir))
		if err != nil {
			t.Fatal(err)
		}
		solutions, err := c.Catalogue()
		_, found := solutions.Solution("document-archive")
		if _, embedded := solutions.Solution("spiris-scanner"); err != nil || !embedded || found != want {
			t.Errorf("%q: the example is there: %v, the embedded solution: %v (%v)", dir, found, embedded, err)
		}
	}
}

// The api and the worker do not start with a mistake in a file. The other roles do not read
// the catalogue.
func TestLoad_ReportsMistakesOfCatalogue(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "secret-path")
	twoMistakes := catalogueDir(t, map[string]string{
		"a.json": strings.Replace(example(t), `"SEK"`, `"kronor"`, 1), "b.json": strings.Replace(example(t), `"document-archive"`, `"other"`, 1) + "}",
	})
	file := filepath.Join(catalogueDir(t, map[string]string{"a.json": ""}), "a.json")
	for dir, want := range map[string][]string{
		missing:     {"refers to a directory that cannot be read: no such file or directory"},
		file:        {"refers to a directory that cannot be read: not a directory"},
		twoMistakes: {"a.json: variants[0].price.currency: must be a currency of ISO 4217, such as SEK", "b.json: has more than one JSON object"},
	} {
		for i := range want {
			want[i] = "COUNTERSIGN_CATALOGUE_DIR " + want[i]
		}
		for _, role := range []config.Role{config.API, config.Worker} {
			_, err := config.Load(role, with("CATALOGUE_DIR", dir))
			var invalid *config.InvalidError
			if !errors.As(err, &invalid) || !slices.Equal(invalid.Problems, want) {
				t.Errorf("%s: %v, want %q", role, err, want)
			}
		}
		for _, role := range []config.Role{config.Migrate, config.Keys, config.Operator} {
			if _, err := config.Load(role, with("CATALOGUE_DIR", dir)); err != nil {
				t.Errorf("%s: %v", role, err)
			}
		}
	}
}
