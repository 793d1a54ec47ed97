package table_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/table"
)

func TestReadBatch(t *testing.T) {
	t.Parallel()
	rows, bad, err := table.ReadBatch(strings.NewReader("\ufefforganisation_number;period;agreement_months;contact_email;Locale\n559220-1007;2027-02-01;12;;\n\n5592412117;next_month;;asa@x.example;en\n"), "financial-overview")
	if err != nil || len(bad) > 0 || len(rows) != 2 {
		t.Fatalf("%+v, %+v, %v", rows, bad, err)
	}
	first, second := rows[0].Request, rows[1].Request
	if rows[0].OrganisationNumber != "5592201007" || first.Period.Month != (collaboration.Date{Year: 2027, Month: time.February, Day: 1}) || first.Period.Start != collaboration.ChosenMonth || first.AgreementMonths != 12 || first.Contact != nil {
		t.Errorf("first %+v", rows[0])
	}
	if rows[1].Line != 4 || second.Period.Start != collaboration.NextMonth || second.Contact.Email != "asa@x.example" || second.Locale != collaboration.English || second.SolutionID != "financial-overview" {
		t.Errorf("second %+v", rows[1])
	}
	for file, want := range map[string][]collaboration.RowError{
		"":                                {{Line: 1, Code: collaboration.CodeRequired}},
		"customer_id\n":                   {{Line: 1, Code: collaboration.CodeRequired}},
		"customer_id,colour\nc,1":         {{Line: 1, Field: "colour", Code: collaboration.CodeUnknownField}},
		"customer_id,period\n,2027-13-01": {{Line: 2, Field: "customer_id", Code: collaboration.CodeRequired}, {Line: 2, Field: "period", Code: collaboration.CodeInvalidFormat}},
		"customer_id\n\"":                 {{Line: 2, Code: collaboration.CodeInvalidCSV}},
	} {
		if _, bad, err := table.ReadBatch(strings.NewReader(file), "s"); err != nil || !slices.Equal(bad, want) {
			t.Errorf("%q: %+v, %v", file, bad, err)
		}
	}
}

// No row of a file with too many is returned: half a file would be worse than none.
func TestReadBatch_ReturnsValidRowsOnly(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		file string
		want []int // lines
	}{
		"a wrong row between valid ones": {"customer_id,period\na,\n,2027-13-01\nb,\n", []int{2, 4}},
		"a line that is no CSV":          {"customer_id\na\n\"b", []int{2}},
		"too many rows":                  {"customer_id\n" + strings.Repeat("a\n", 10_001), nil},
	} {
		rows, wrong, err := table.ReadBatch(strings.NewReader(tt.file), "s")
		var lines []int
		for _, row := range rows {
			lines = append(lines, row.Line)
		}
		if err != nil || len(wrong) == 0 || !slices.Equal(lines, tt.want) {
			t.Errorf("%s: lines %v, want %v, errors %+v, %v", name, lines, tt.want, wrong, err)
		}
	}
}

func FuzzReadBatch(f *testing.F) {
	f.Add("customer_id;period\nc;2027-01-01\n")
	f.Add("organisation_number,agreement_months\n5592201007,x\n")
	f.Add("\ufeff\"")
	f.Fuzz(func(t *testing.T, file string) {
		rows, bad, err := table.ReadBatch(strings.NewReader(file), "s")
		if err != nil || len(rows)+len(bad) == 0 {
			t.Errorf("%q has neither rows nor errors: %v", file, err)
		}
		for _, r := range rows {
			if r.Request.CustomerID == "" && r.OrganisationNumber == "" {
				t.Errorf("%q: a row without a customer", file)
			}
		}
	})
}
