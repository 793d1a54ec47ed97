package table_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"countersign/collaboration"
	"countersign/collaboration/catalogue"
	"countersign/internal/table"
)

const importHeader = "organisation_number,name,task,task_owner_email,task_status,administrator_name,administrator_email,administrator_phone,solutions\n"

func TestReadCustomers_ReturnsRows(t *testing.T) {
	t.Parallel()
	person := &collaboration.Contact{Name: "Åsa Öberg", Email: "asa@kund.example", Phone: "070-174 06 99"}
	full := collaboration.ImportRow{
		Line: 2, OrganisationNumber: "5592201007", Name: "Björks Bygg AB", TaskName: "Bokslut", TaskOwnerEmail: "maja@byra.example",
		TaskOpen: true, Administrator: person, SolutionIDs: []string{"financial-overview"},
	}
	open := full
	open.HasTaskStatus = true
	closed := open
	closed.TaskOpen = false
	bare := collaboration.ImportRow{Line: 2, OrganisationNumber: "5592201007", Name: "Björks Bygg AB"}
	const line = "559220-1007,Björks Bygg AB,Bokslut,maja@byra.example,,Åsa Öberg,asa@kund.example,070-174 06 99,financial-overview\n"
	for _, test := range []struct {
		name, file string
		want       []collaboration.ImportRow
	}{
		{"commas", importHeader + line, []collaboration.ImportRow{full}},
		{"semicolons", strings.ReplaceAll(importHeader+line, ",", ";"), []collaboration.ImportRow{full}},
		{"byte order mark", "\ufeff" + importHeader + line, []collaboration.ImportRow{full}},
		{"CRLF", strings.ReplaceAll(importHeader+line, "\n", "\r\n"), []collaboration.ImportRow{full}},
		{"no last line end", strings.TrimSuffix(importHeader+line, "\n"), []collaboration.ImportRow{full}},
		{"open", importHeader + strings.Replace(line, ",,", ",OPEN,", 1), []collaboration.ImportRow{open}},
		{"closed", importHeader + strings.Replace(line, ",,", ",closed,", 1), []collaboration.ImportRow{closed}},
		{"spaces around", importHeader + strings.ReplaceAll(line, ",", " , "), []collaboration.ImportRow{full}},
		{"a solution twice", importHeader + strings.Replace(line, "financial-overview", "financial-overview | financial-overview", 1), []collaboration.ImportRow{full}},
		{"fewer columns, another order", "Name,Organisation_Number\nBjörks Bygg AB,5592201007\n", []collaboration.ImportRow{bare}},
		{"empty lines", "name,organisation_number\n\n,\nBjörks Bygg AB,165592201007\n\n", []collaboration.ImportRow{
			{Line: 4, OrganisationNumber: "5592201007", Name: "Björks Bygg AB"},
		}},
		{"a customer with two tasks", importHeader + line + strings.Replace(line, "Bokslut", "Lön", 1), []collaboration.ImportRow{full, func() collaboration.ImportRow {
			second := full
			second.Line, second.TaskName = 3, "Lön"
			return second
		}()}},
		{"no lines", importHeader, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rows, wrong, err := table.ReadCustomers(strings.NewReader(test.file), catalogue.Embedded)
			if err != nil || len(wrong) > 0 || !reflect.DeepEqual(rows, test.want) {
				t.Errorf("got %+v, %v, %v\nwant %+v", rows, wrong, err, test.want)
			}
		})
	}
}

func TestReadCustomers_ReturnsErrors(t *testing.T) {
	t.Parallel()
	const valid = "5592201007,Björks Bygg AB,Bokslut,maja@byra.example,,,,,\n"
	for _, test := range []struct {
		name, file string
		want       string // "line field code" each
		rows       int
	}{
		{"nothing", "", "1 organisation_number required, 1 name required", 0},
		{"an unknown column", "organisation_number,name,colour\n5592201007,A,red\n", "1 colour unknown_field", 0},
		{"a missing column", "organisation_number\n5592201007\n", "1 name required", 0},
		{"a column twice", "organisation_number,name,name\n", "1 name duplicate", 0},
		{"a broken header", "\"organisation_number,name\n", "1  invalid_csv", 0},
		{"Windows-1252 in the header", "organisation_number,name,\xe5\n", "1 å unknown_field", 0},
		{"too few fields", importHeader + "5592412117\n" + valid, "2 name required", 1},
		{"too many fields", importHeader + valid + strings.TrimSpace(valid) + ",x\n", "3  invalid_csv", 1},
		{"a quote inside", importHeader + "5592201007,Bj\"örk,,,,,,,\n" + valid, "2  invalid_csv", 1},
		{"a quote that never ends", importHeader + valid + "5592201007,\"Björk,,,,,,,\n5592412117,Ek AB,,,,,,,\n", "3  invalid_csv", 2},
		{"two quotes that pair up", importHeader + "5592201007,\"Björk,,,,,,,\n" + valid + "5592201007,\"Björk,,,,,,,\n", "2  invalid_csv, 4  invalid_csv", 1},
		{"an invalid number", importHeader + "5592201008,Björk,,,,,,,\n", "2 organisation_number invalid_format", 0},
		{"no number, no name", importHeader + ",,Bokslut,maja@byra.example,,,,,\n", "2 name required, 2 organisation_number required", 0},
		{"a long name", importHeader + "5592201007," + strings.Repeat("ö", 201) + ",,,,,,,\n", "2 name too_long", 0},
		{"a line end in a name", importHeader + "5592201007,\"A\nB\",,,,,,,\n" + "x,Y,,,,,,,\n", "2  invalid_csv, 3  invalid_csv, 4 organisation_number invalid_format", 0},
		{"a task with a sentence", importHeader + "5592201007,Björk,Bokslut klart. Granskas av Maja,maja@byra.example,,,,,\n", "", 1},
		{"a task with a web address", importHeader + "5592201007,Björk,Klart. Se www.evil.example,maja@byra.example,,,,,\n", "2 task invalid_format", 0},
		{"a customer with a sentence", importHeader + "5592201007,Kontot spärras. Logga in,,,,,,,\n", "2 name invalid_format", 0},
		{"a task without an owner", importHeader + "5592201007,Björk,Bokslut,,,,,,\n", "2 task_owner_email required", 0},
		{"an owner without a task", importHeader + "5592201007,Björk,,maja@byra.example,,,,,\n", "2 task required", 0},
		{"an owner that is no address", importHeader + "5592201007,Björk,Bokslut,maja,,,,,\n", "2 task_owner_email invalid_format", 0},
		{"a status of its own", importHeader + "5592201007,Björk,Bokslut,maja@byra.example,ready,,,,\n", "2 task_status invalid_choice", 0},
		{"half an administrator", importHeader + "5592201007,Björk,,,,Åsa,,,\n", "2 administrator_email required, 2 administrator_phone required", 0},
		{"an unknown solution", importHeader + "5592201007,Björk,,,,,,,telepathy\n", "2 solutions invalid_choice", 0},
		{"a task twice", importHeader + valid + valid, "3 task duplicate", 1},
		{"a customer twice", importHeader + "5592201007,Björk,,,,,,,\n559220-1007,Björk,,,,,,,\n", "3 organisation_number duplicate", 1},
		{"an administrator with two phones", importHeader + "5592201007,Björk,,,,Åsa,a@b.example,0701740699,\n5592201007,Björk,Lön,maja@byra.example,,Åsa,A@b.example,0701740698,\n", "3 administrator_email duplicate", 1},
		{"a number with two names", importHeader + valid + "5592201007,Björkar,Lön,maja@byra.example,,,,,\n", "3 organisation_number duplicate", 1},
		{"all at once", importHeader + "1,,Lön,,never,Åsa,a,b,none\n",
			"2 name required, 2 organisation_number invalid_format, 2 task_owner_email required, 2 task_status invalid_choice, " +
				"2 administrator_email invalid_format, 2 administrator_phone invalid_format, 2 solutions invalid_choice", 0},
		{"too many lines", "organisation_number,name\n" + strings.Repeat("1,a\n", 10_001), "10002  too_long", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rows, wrong, err := table.ReadCustomers(strings.NewReader(test.file), catalogue.Embedded)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range wrong {
				got = append(got, fmt.Sprintf("%d %s %s", e.Line, e.Field, e.Code))
			}
			if len(got) > 100 { // the test is about the last one
				got = got[len(got)-1:]
			}
			if strings.Join(got, ", ") != test.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), test.want)
			}
			if len(rows) != test.rows {
				t.Errorf("%d rows, want %d", len(rows), test.rows)
			}
		})
	}
}

func TestReadCustomers_AcceptsTenThousandRows(t *testing.T) {
	t.Parallel()
	rows, wrong, err := table.ReadCustomers(strings.NewReader("organisation_number,name,task,task_owner_email\n"+func() string {
		var b strings.Builder
		for i := range 10_000 {
			fmt.Fprintf(&b, "5592201007,A,Task %d,maja@byra.example\n", i)
		}
		return b.String()
	}()), catalogue.Embedded)
	if err != nil || len(wrong) > 0 || len(rows) != 10_000 {
		t.Errorf("%d rows, %d wrong, %v", len(rows), len(wrong), err)
	}
}

// A file of the largest size costs little, whatever is wrong with it.
func TestReadCustomers_LimitsErrors(t *testing.T) {
	t.Parallel()
	header := "organisation_number,name"
	for _, test := range []struct {
		name, file string
		errors     int
		last       collaboration.RowError
		rows       int
	}{
		{"as many as are named", header + "\n" + strings.Repeat("1,a\n", 1000), 1000,
			collaboration.RowError{Line: 1001, Field: "organisation_number", Code: collaboration.CodeInvalidFormat}, 0},
		{"one more", header + "\n" + strings.Repeat("1,a\n", 1001), 1001,
			collaboration.RowError{Line: 1002, Code: collaboration.CodeTooLong}, 0},
		{"valid lines after them", header + "\n" + strings.Repeat("1,a\n", 2000) + "5592201007,A\n", 1001,
			collaboration.RowError{Line: 1002, Code: collaboration.CodeTooLong}, 1},
		{"too many lines as well", header + "\n" + strings.Repeat("1,a\n", 10_001), 1001,
			collaboration.RowError{Line: 10_002, Code: collaboration.CodeTooLong}, 0},
		{"very many columns", header + strings.Repeat(",x", 500_000) + "\n1,a\n", 1,
			collaboration.RowError{Line: 1, Code: collaboration.CodeTooLong}, 0},
		{"some columns too many", header + ",a,b,c\n1,a\n", 3,
			collaboration.RowError{Line: 1, Field: "c", Code: collaboration.CodeUnknownField}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rows, wrong, err := table.ReadCustomers(strings.NewReader(test.file), catalogue.Embedded)
			if err != nil || len(rows) != test.rows || len(wrong) != test.errors {
				t.Fatalf("%d rows, %d errors, %v; want %d, %d", len(rows), len(wrong), err, test.rows, test.errors)
			}
			if last := wrong[len(wrong)-1]; last != test.last {
				t.Errorf("the last is %+v, want %+v", last, test.last)
			}
		})
	}
}

func TestReadCustomers_ReturnsReaderError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	if _, _, err := table.ReadCustomers(iotest.ErrReader(broken), catalogue.Embedded); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// FuzzReadCustomers checks for any file that each line is either a valid row or has
// an error, and that a valid row can be stored.
func FuzzReadCustomers(f *testing.F) {
	for _, seed := range []string{
		"", "\ufeff", importHeader, importHeader + "5592201007,Björk,Bokslut,maja@byra.example,closed,Åsa,a@b.example,0701740699,financial-overview\n",
		"organisation_number;name\r\n5592201007;\"A\r\nB\"\r\n", "organisation_number,name\n\"", "name,organisation_number\nA,5592201007\nB,5592201007\n\xff,1\n",
		"organisation_number,name\n5592201007,a\"b\n\n,\n5592201007\n", ";\n;", "\"\"\n",
	} {
		f.Add([]byte("PK\x03\x04"))
		f.Add([]byte("\xff\xfeo\x00\n\x00"))
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		rows, wrong, err := table.ReadCustomers(strings.NewReader(string(file)), catalogue.Embedded)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Count(string(file), "\n") + 1
		isBad := map[int]bool{}
		for _, e := range wrong {
			isBad[e.Line] = true
			if e.Line < 1 || e.Line > lines || !e.Code.Known() {
				t.Errorf("%+v of %d lines", e, lines)
			}
		}
		last := 1
		for _, row := range rows {
			if isBad[row.Line] {
				t.Errorf("line %d is a valid row and has an error", row.Line)
			}
			if row.Line <= last || row.Line > lines {
				t.Errorf("line %d after %d, of %d", row.Line, last, lines)
			}
			last = row.Line
			if _, err := collaboration.ParseOrganisationNumber(string(row.OrganisationNumber)); err != nil {
				t.Error(err)
			}
			if row.Name == "" || (row.TaskName == "") != (row.TaskOwnerEmail == "") || row.TaskOpen && row.TaskName == "" {
				t.Errorf("row %+v", row)
			}
			if row.Administrator != nil && len(row.Administrator.Check("")) > 0 {
				t.Errorf("administrator %+v", *row.Administrator)
			}
		}
	})
}
