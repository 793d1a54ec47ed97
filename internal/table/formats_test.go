package table_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"countersign/collaboration"
	"countersign/collaboration/catalogue"
	"countersign/internal/table"
)

func inUTF16(text string, order binary.ByteOrder) string {
	var b bytes.Buffer
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		_ = binary.Write(&b, order, unit) // a buffer takes everything
	}
	return b.String()
}

// A file is read as accountants' programs write it.
func TestReadCustomers_Formats(t *testing.T) {
	t.Parallel()
	const file = "organisation_number,name,task,task_owner_email\n559220-1007,Åkes Bygg & Måleri AB,Löpande bokföring,maja@byra.example\n"
	windows, err := charmap.Windows1252.NewEncoder().String(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"UTF-8":              file,
		"a byte order mark":  "\ufeff" + file,
		"UTF-16LE":           inUTF16(file, binary.LittleEndian),
		"UTF-16BE":           inUTF16(file, binary.BigEndian),
		"Windows-1252":       windows,
		"CRLF":               strings.ReplaceAll(file, "\n", "\r\n"),
		"semicolons":         strings.ReplaceAll(file, ",", ";"),
		"tabs":               strings.ReplaceAll(file, ",", "\t"),
		"quotes":             `"` + strings.NewReplacer(",", `","`, "\n", "\"\n\"").Replace(strings.TrimSpace(file)) + "\"\n",
		"CR alone":           strings.ReplaceAll(file, "\n", "\r"),
		"sep=;":              "sep=;\r\n" + strings.ReplaceAll(file, ",", ";"),
		"UTF-16 and tabs":    inUTF16(strings.ReplaceAll(file, ",", "\t"), binary.LittleEndian),
		"UTF-16LE, no mark":  inUTF16(file, binary.LittleEndian)[2:],
		"UTF-16BE, no mark":  inUTF16(file, binary.BigEndian)[2:],
		"NFD":                norm.NFD.String(file),
		"short rows":         strings.Replace(file, "email\n", "email,administrator_name,solutions\n", 1),
		"empty last columns": strings.ReplaceAll(file, "\n", ",,\n"),
		"Swedish columns":    strings.Replace(file, "organisation_number,name,task,task_owner_email", "Organisationsnummer,Kundnamn,Uppdrag,Ansvarig", 1),
		"a workbook":         workbook(t, nil),
		"a number, not text": workbook(t, func(f *excelize.File) { must(t, f.SetCellValue("Sheet1", "A2", 5592201007)) }),
		"a blank line":       workbook(t, func(f *excelize.File) { must(t, f.InsertRows("Sheet1", 2, 1)) }),
		"another sheet":      workbook(t, func(f *excelize.File) { _, err := f.NewSheet("Notes"); must(t, err) }),
	} {
		rows, bad, err := table.ReadCustomers(strings.NewReader(content), catalogue.Embedded)
		if err != nil || len(bad) > 0 || len(rows) != 1 {
			t.Errorf("%s: %+v, %+v, %v", name, rows, bad, err)
			continue
		}
		if r := rows[0]; r.OrganisationNumber != "5592201007" || r.Name != "Åkes Bygg & Måleri AB" || r.TaskName != "Löpande bokföring" || r.TaskOwnerEmail != "maja@byra.example" {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestReadCustomers_RejectsWorkbooks(t *testing.T) {
	t.Parallel()
	formula := func(cell string) func(*excelize.File) {
		return func(f *excelize.File) { must(t, f.SetCellFormula("Sheet1", cell, "1+1")) }
	}
	for name, c := range map[string]struct {
		content string
		want    []collaboration.RowError
	}{
		"a formula":       {workbook(t, formula("B2")), []collaboration.RowError{{Line: 2, Field: "name", Code: collaboration.CodeFormula}}},
		"a formula alone": {workbook(t, formula("C3")), []collaboration.RowError{{Line: 3, Field: "task", Code: collaboration.CodeFormula}}},
		"macros":          {workbook(t, func(f *excelize.File) { f.Pkg.Store("xl/vbaProject.bin", []byte("macros")) }), []collaboration.RowError{{Line: 1, Code: collaboration.CodeMacros}}},
		"another archive": {"PK\x03\x04 is no workbook", []collaboration.RowError{{Line: 1, Code: collaboration.CodeInvalidCSV}}},
		"a cut-off file":  {workbook(t, nil)[:2000], []collaboration.RowError{{Line: 1, Code: collaboration.CodeInvalidCSV}}},
		"an empty sheet":  {workbook(t, func(f *excelize.File) { must(t, f.RemoveRow("Sheet1", 1)); must(t, f.RemoveRow("Sheet1", 1)) }), []collaboration.RowError{{Line: 1, Field: "organisation_number", Code: collaboration.CodeRequired}, {Line: 1, Field: "name", Code: collaboration.CodeRequired}}},
		"a wrong number":  {workbook(t, func(f *excelize.File) { must(t, f.SetCellValue("Sheet1", "A2", 12)) }), []collaboration.RowError{{Line: 2, Field: "organisation_number", Code: collaboration.CodeInvalidFormat}}},
	} {
		_, bad, err := table.ReadCustomers(strings.NewReader(c.content), catalogue.Embedded)
		if err != nil || !slices.Equal(bad, c.want) {
			t.Errorf("%s: %+v, %v, want %+v", name, bad, err, c.want)
		}
	}
}

// A small archive that unpacks to much more than a workbook is rejected, not unpacked.
func TestReadCustomers_RejectsZipBomb(t *testing.T) {
	t.Parallel()
	content := workbook(t, func(f *excelize.File) { f.Pkg.Store("xl/worksheets/sheet2.xml", make([]byte, 100<<20)) })
	if len(content) > 1<<20 {
		t.Fatalf("%d bytes", len(content))
	}
	_, bad, err := table.ReadCustomers(strings.NewReader(content), catalogue.Embedded)
	if want := []collaboration.RowError{{Line: 1, Code: collaboration.CodeInvalidCSV}}; err != nil || !slices.Equal(bad, want) {
		t.Errorf("%+v, %v", bad, err)
	}
}

// workbook returns a workbook with one customer, after a change.
func workbook(t *testing.T, change func(*excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"organisation_number", "name", "task", "task_owner_email"}))
	must(t, f.SetSheetRow("Sheet1", "A2", &[]any{"559220-1007", "Åkes Bygg & Måleri AB", "Löpande bokföring", "maja@byra.example"}))
	if change != nil {
		change(f)
	}
	content, err := f.WriteToBuffer()
	must(t, err)
	return content.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
