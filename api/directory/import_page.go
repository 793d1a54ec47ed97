package directory

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/view"
	"countersign/collaboration"
	domain "countersign/collaboration/directory"
	"countersign/internal/table"
)

const (
	importTemplate = "office/import"
	closeMissing   = "close_missing_tasks"
)

// importPage is the form of a file of customers, with the preview of the chosen file.
type importPage struct {
	view.Page
	Errors  view.Errors
	Fields  []view.Field
	Preview *importPreview
	// Required and Optional are the columns of a file.
	Required, Optional []string
}

// importPreview has the changes that a file would make.
type importPreview struct {
	Bad     []badLine
	Counts  []importCount
	Changes []importChange
	// Made counts all changes, of which Changes are the first.
	Made, Subscriptions, Unchanged int
	// Content is the file, encoded, for the form that imports it; "" if it cannot be
	// imported.
	Content       string
	ClosesMissing bool
}

type badLine struct {
	Line           int
	Column, Reason string
}

type importCount struct {
	Label string
	domain.ImportCounts
}

type importChange struct {
	Line                          int
	Text, Customer, Entry, Fields string
}

func newImportPage(v *page.Context) importPage {
	l := v.Locale
	file := view.Field{Name: "file", Label: i18n.Text(l, "import.file"), Hint: i18n.Text(l, "import.file.hint"), Type: "file", Accept: ".csv,.xlsx,text/csv," + table.WorkbookType, Required: true}
	missing := view.Field{Name: closeMissing, Label: i18n.Text(l, "import.missing"), Hint: i18n.Text(l, "import.missing.hint"), Type: "checkboxes",
		Values: v.FormValues()[closeMissing], Choices: []view.Choice{{Value: "yes", Label: i18n.Text(l, "import.missing.close")}}}
	all, required := collaboration.ImportColumns()
	optional := slices.DeleteFunc(all, func(column string) bool { return slices.Contains(required, column) })
	return importPage{Page: v.Page("customers", i18n.Text(l, "import.title")), Fields: []view.Field{file, missing}, Required: required, Optional: optional}
}

// reject marks the file as invalid.
func (p *importPage) reject(l collaboration.Locale, code collaboration.Code) {
	text := i18n.Text(l, "import.file."+string(code))
	p.Fields[0].Error = text
	p.Errors = view.Errors{{Field: "file", Label: p.Fields[0].Label, Message: text}}
}

// showPreview renders the result of a preview. A file with a bad line cannot be imported.
func showPreview(v *page.Context, file []byte, result domain.ImportResult) error {
	p := newImportPage(v)
	p.Preview = newImportPreview(v.Locale, result)
	p.Preview.ClosesMissing = closesMissing(v)
	status := http.StatusOK
	switch {
	case len(result.Errors) > 0:
		status = http.StatusUnprocessableEntity
		p.reject(v.Locale, collaboration.CodeInvalidCSV)
	case p.Preview.Made > 0:
		p.Preview.Content = encoding.EncodeToString(file)
	}
	return v.Render(status, importTemplate, p)
}

func newImportPreview(l collaboration.Locale, r domain.ImportResult) *importPreview {
	p := &importPreview{Made: r.Made(), Subscriptions: r.Subscriptions, Unchanged: r.Unchanged, Counts: []importCount{
		{i18n.Text(l, "import.customers"), r.Customers}, {i18n.Text(l, "import.tasks"), r.Tasks}, {i18n.Text(l, "import.administrators"), r.Administrators}}}
	for _, e := range r.Errors {
		p.Bad = append(p.Bad, badLine{e.Line, columnText(l, e.Field), lineText(l, e)})
	}
	for _, c := range r.Changes {
		p.Changes = append(p.Changes, importChange{c.Line, i18n.Text(l, "change."+c.Action), c.Customer, c.Entry, fieldNames(l, c.Fields)})
	}
	return p
}

// columnText returns the name of a column that files in the language have.
func columnText(l collaboration.Locale, column string) string {
	if key := "import.column." + column; i18n.Has(l, key) {
		return i18n.Text(l, key)
	}
	return column
}

// lineText returns the text of a line's error: the one for its column or the whole line,
// the one for imports, or that of the code.
func lineText(l collaboration.Locale, e collaboration.RowError) string {
	for _, key := range []string{"import.error." + cmp.Or(e.Field, "file") + "." + string(e.Code), "import.error." + string(e.Code)} {
		if i18n.Has(l, key) {
			return i18n.Text(l, key)
		}
	}
	return i18n.CodeText(l, e.Code)
}

func fieldNames(l collaboration.Locale, fields []string) string {
	var names []string
	for _, f := range fields {
		if key := "entry." + f; i18n.Has(l, key) {
			f = i18n.Text(l, key)
		}
		names = append(names, f)
	}
	return strings.Join(names, ", ")
}
