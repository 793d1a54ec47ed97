package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/internal/store/migrations"
)

var (
	writeStatement  = regexp.MustCompile(`(?i)\b(INSERT INTO|UPDATE|DELETE FROM) ([a-z_]+)`)
	upsertStatement = regexp.MustCompile(`(?is)INSERT INTO ([a-z_]+)[^;]*DO UPDATE`)
)

// The role may do exactly what the queries do. A new table or statement needs a right.
func TestPrivileges_MatchQueries(t *testing.T) {
	t.Parallel()
	needs := map[string]map[string]bool{}
	need := func(table, privilege string) {
		if needs[table] == nil {
			needs[table] = map[string]bool{"SELECT": true}
		}
		needs[table][privilege] = true
	}
	schema, err := os.ReadFile("internal/store/migrations/00001_schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`CREATE (?:TABLE|VIEW) ([a-z_]+)`).FindAllStringSubmatch(string(schema), -1) {
		need(m[1], "SELECT")
	}
	need("goose_db_version", "SELECT")
	files, err := filepath.Glob("internal/store/queries/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	postgres, err := filepath.Glob("internal/store/queries/postgres/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Concat(files, postgres) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sql := regexp.MustCompile(`--[^\n]*`).ReplaceAllString(string(text), "")
		for _, m := range writeStatement.FindAllStringSubmatch(sql, -1) {
			if table := strings.ToLower(m[2]); table != "set" {
				need(table, strings.ToUpper(strings.Fields(m[1])[0]))
			}
		}
		for _, m := range upsertStatement.FindAllStringSubmatch(sql, -1) {
			need(m[1], "UPDATE")
		}
	}
	for table, privileges := range needs {
		var want []string
		for _, p := range []string{"SELECT", "INSERT", "UPDATE", "DELETE"} {
			if privileges[p] {
				want = append(want, p)
			}
		}
		if got := migrations.Privileges[table]; got != strings.Join(want, ", ") {
			t.Errorf("migrations.Privileges[%q] is %q, and the queries need %q", table, got, strings.Join(want, ", "))
		}
	}
	for table := range migrations.Privileges {
		if needs[table] == nil {
			t.Errorf("migrations.Privileges has %s, which is not in the schema", table)
		}
	}
}
