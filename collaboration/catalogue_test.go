package collaboration_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"countersign/collaboration"
)

const validSolution = `{"id":"x","name":{"sv":"X","en":"X"},"description":{"sv":"X","en":"X"},"default_agreement_months":3,
"on_end":"delete","default_invoice_recipient":"customer","fields":{"has_solution":["task_id"],"on_platform":["task_id"],"new_customer":["task_id","contact"]},
"terms":{"version":"1","text":{"sv":"X","en":"X"}}}`

func load(files ...string) (collaboration.Catalogue, error) {
	fsys := fstest.MapFS{}
	for i, f := range files {
		fsys["catalogue/"+string(rune('a'+i))+".json"] = &fstest.MapFile{Data: []byte(f)}
	}
	return collaboration.LoadCatalogue(fsys)
}

func TestLoadCatalogue_HasOneSolutionPerFile(t *testing.T) {
	t.Parallel()
	c, err := load(validSolution, strings.Replace(validSolution, `"x"`, `"y"`, 1))
	if err != nil || len(c.Solutions()) != 2 {
		t.Fatalf("%d solutions, %v", len(c.Solutions()), err)
	}
	s, ok := c.Solution("y")
	if !ok || !s.Asks(collaboration.NewCustomer, collaboration.FieldContact) || s.Asks(collaboration.HasSolution, collaboration.FieldPeriod) {
		t.Errorf("solution %+v", s)
	}
}

func TestLoadCatalogue_ReportsInvalidSolutions(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, old, new, want string }{
		{"duplicate", "", "", "duplicate solution"},
		{"id", `"id":"x"`, `"id":"X y"`, "id must be"},
		{"language", `"name":{"sv":"X","en":"X"}`, `"name":{"sv":"X"}`, "name must be in sv and en"},
		{"length", `:3`, `:6`, "default_agreement_months"},
		{"policy", `"delete"`, `"burn"`, "on_end"},
		{"payer", `"customer"`, `"me"`, "default_invoice_recipient"},
		{"field", `"has_solution":["task_id"]`, `"has_solution":["task_id","colour"]`, `no field "colour"`},
		{"no task", `"on_platform":["task_id"]`, `"on_platform":[]`, "on_platform must have task_id"},
		{"no contact", `["task_id","contact"]`, `["task_id"]`, "must have contact"},
		{"scenario", `"fields":{`, `"fields":{"other":["task_id"],`, "three scenarios"},
		{"unknown variant field", `"on_platform":["task_id"]`, `"on_platform":["task_id","variant"]`, "has a variant"},
		{"variants without the field", `"on_end"`, `"variants":[{"id":"a","name":{"sv":"A","en":"A"}}],"on_end"`, "must have the field"},
		{"duplicate variant", `"on_end"`, `"variants":[{"id":"a","name":{"sv":"A"}},{"id":"a","name":{"sv":"A","en":"A"}}],"on_end"`, "a unique id"},
		{"unknown key", `"id"`, `"colour":1,"id"`, "unknown field"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := []string{strings.Replace(validSolution, tt.old, tt.new, 1)}
			if tt.old == "" {
				files = []string{validSolution, validSolution}
			}
			_, err := load(files...)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), ".json") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestTerms_HashDependsOnVersionLocaleAndText(t *testing.T) {
	t.Parallel()
	terms := collaboration.Terms{Version: "1", Text: collaboration.Text{Swedish: "a", English: "a"}}
	changed := terms
	changed.Text.Swedish = "b"
	newer := terms
	newer.Version = "2"
	seen := map[string]bool{}
	for _, h := range []string{terms.Hash(collaboration.Swedish), terms.Hash(collaboration.English), changed.Hash(collaboration.Swedish), newer.Hash(collaboration.Swedish)} {
		seen[h] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d hashes for 4 texts", len(seen))
	}
}
