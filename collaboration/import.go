package collaboration

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// The columns of a customer file, in any order. Those after name may be left
// out, which is the same as leaving them empty.
const (
	columnNumber     = "organisation_number"
	columnName       = "name"
	columnTask       = "task"
	columnTaskOwner  = "task_owner_email"
	columnTaskStatus = "task_status" // open or closed; open where empty
	columnSolutions  = "solutions"   // ids, with a space or | between
	// The administrator's name, email and phone, as in a Contact.
	administratorPrefix = "administrator_"
)

var importColumns = []string{
	columnNumber, columnName, columnTask, columnTaskOwner, columnTaskStatus, columnSolutions,
	administratorPrefix + "name", administratorPrefix + "email", administratorPrefix + "phone",
}

// maxImportText bounds a customer's and a task's name, in characters.
const maxImportText = 200

// ParseCustomers reads a file of customers and their tasks: CSV in UTF-8 with
// a header line, separated by commas, or by semicolons as Excel does in
// Sweden. Every line is either one of rows or named in bad, with all that is
// wrong with it; empty lines are neither. Where too much is wrong, bad has the
// FirstRowErrors only. The error is the reader's.
func ParseCustomers(r io.Reader, solutions Catalogue) (rows []ImportRow, bad []RowError, err error) {
	t, err := newTable(r, importColumns, []string{columnNumber, columnName})
	if err != nil {
		return nil, nil, err
	}
	p := importParser{table: t, solutions: solutions, names: map[OrganisationNumber]string{}, seen: map[[2]string]bool{}}
	if p.header() && !p.each(p.row) {
		p.rows = nil
	}
	return p.rows, FirstRowErrors(p.bad), nil
}

type importParser struct {
	*table
	solutions Catalogue
	rows      []ImportRow
	// What earlier lines said: a customer's name by its number, and which
	// customer and task there were.
	names map[OrganisationNumber]string
	seen  map[[2]string]bool
}

// row keeps a line where nothing is wrong with it.
func (p *importParser) row(value map[string]string) {
	before := len(p.bad)
	row := ImportRow{Line: p.line, Name: value[columnName], TaskName: value[columnTask], TaskOwnerEmail: value[columnTaskOwner]}
	p.customer(&row, value[columnNumber])
	p.task(&row, value[columnTaskStatus])
	p.administrator(&row, value)
	p.shares(&row, value[columnSolutions])
	if len(p.bad) == before {
		p.rows = append(p.rows, row)
	}
}

func (p *importParser) customer(row *ImportRow, number string) {
	p.text(columnName, row.Name, true)
	if number == "" {
		p.wrong(columnNumber, CodeRequired)
		return
	}
	var err error
	if row.OrganisationNumber, err = ParseOrganisationNumber(number); err != nil {
		p.wrong(columnNumber, CodeInvalidFormat)
		return
	}
	// The same number with another name, or the same line again.
	name, known := p.names[row.OrganisationNumber]
	line := [2]string{string(row.OrganisationNumber), row.TaskName}
	switch {
	case known && name != row.Name:
		p.wrong(columnNumber, CodeDuplicate)
	case p.seen[line] && row.TaskName == "":
		p.wrong(columnNumber, CodeDuplicate)
	case p.seen[line]:
		p.wrong(columnTask, CodeDuplicate)
	}
	if !known {
		p.names[row.OrganisationNumber] = row.Name
	}
	p.seen[line] = true
}

func (p *importParser) task(row *ImportRow, status string) {
	p.text(columnTask, row.TaskName, row.TaskOwnerEmail != "")
	switch {
	case row.TaskOwnerEmail == "" && row.TaskName != "":
		p.wrong(columnTaskOwner, CodeRequired)
	case row.TaskOwnerEmail != "" && !ValidEmail(row.TaskOwnerEmail):
		p.wrong(columnTaskOwner, CodeInvalidFormat)
	}
	switch strings.ToLower(status) {
	case "", "open":
		row.TaskOpen = row.TaskName != ""
	case "closed":
	default:
		p.wrong(columnTaskStatus, CodeInvalidChoice)
	}
}

func (p *importParser) text(column, value string, required bool) {
	switch {
	case value == "" && required:
		p.wrong(column, CodeRequired)
	case utf8.RuneCountInString(value) > maxImportText:
		p.wrong(column, CodeTooLong)
	case !validName(value):
		p.wrong(column, CodeInvalidFormat)
	}
}

func (p *importParser) administrator(row *ImportRow, value map[string]string) {
	c := Contact{value[administratorPrefix+"name"], value[administratorPrefix+"email"], value[administratorPrefix+"phone"]}
	if c == (Contact{}) {
		return
	}
	for _, e := range c.Check(administratorPrefix) {
		p.wrong(e.Field, e.Code)
	}
	row.Administrator = &c
}

func (p *importParser) shares(row *ImportRow, ids string) {
	for _, id := range strings.FieldsFunc(ids, func(r rune) bool { return r == ' ' || r == '|' }) {
		if _, ok := p.solutions.Solution(id); !ok {
			p.wrong(columnSolutions, CodeInvalidChoice)
			return
		}
		if !slices.Contains(row.SolutionIDs, id) {
			row.SolutionIDs = append(row.SolutionIDs, id)
		}
	}
}
