package collaboration

import (
	"bytes"
	"encoding/csv"
	"errors"
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

// maxImportRows bounds one file; maxImportText a customer's and a task's name,
// in characters; maxImportErrors what is told of one file. A header with more
// than maxImportColumns is of another file: that is told once, not per column.
const (
	maxImportRows    = 10_000
	maxImportText    = 200
	maxImportErrors  = 1000
	maxImportColumns = 20
)

// ParseCustomers reads a file of customers and their tasks: CSV in UTF-8 with
// a header line, separated by commas, or by semicolons as Excel does in
// Sweden. Every line is either one of rows or named in bad, with all that is
// wrong with it; empty lines are neither. Where too much is wrong, bad has the
// FirstRowErrors only. The error is the reader's.
func ParseCustomers(r io.Reader, solutions Catalogue) (rows []ImportRow, bad []RowError, err error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, nil, err
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	p := importParser{csv: csv.NewReader(bytes.NewReader(raw)), solutions: solutions, names: map[OrganisationNumber]string{}, seen: map[[2]string]bool{}}
	p.csv.Comma = separator(raw)
	p.csv.FieldsPerRecord = -1
	if p.header() {
		p.lines()
	}
	return p.rows, FirstRowErrors(p.bad), nil
}

// FirstRowErrors are the first thousand of a file, and where there are more
// too_long with the line of the next one.
func FirstRowErrors(bad []RowError) []RowError {
	if len(bad) <= maxImportErrors {
		return bad
	}
	next := RowError{Line: bad[maxImportErrors].Line, Code: CodeTooLong}
	return append(bad[:maxImportErrors:maxImportErrors], next)
}

// separator is what the first line has more of.
func separator(raw []byte) rune {
	line, _, _ := bytes.Cut(bytes.TrimLeft(raw, "\r\n"), []byte("\n"))
	if bytes.Count(line, []byte(";")) > bytes.Count(line, []byte(",")) {
		return ';'
	}
	return ','
}

type importParser struct {
	csv       *csv.Reader
	solutions Catalogue
	columns   []string
	line      int
	rows      []ImportRow
	bad       []RowError
	// What earlier lines said: a customer's name by its number, and which
	// customer and task there were.
	names map[OrganisationNumber]string
	seen  map[[2]string]bool
}

func (p *importParser) wrong(field string, code Code) {
	p.bad = append(p.bad, RowError{Line: p.line, Field: field, Code: code})
}

// next reads a line; done at the end. A line that is not CSV is reported.
func (p *importParser) next() (fields []string, ok, done bool) {
	fields, err := p.csv.Read()
	var broken *csv.ParseError
	switch {
	case errors.As(err, &broken):
		p.line = broken.StartLine
		p.wrong("", CodeInvalidCSV)
		return nil, false, false
	case err != nil: // the end; reading bytes fails in no other way
		return nil, false, true
	}
	p.line, _ = p.csv.FieldPos(0)
	return fields, true, false
}

// header learns the columns, and reports whether the rest can be read.
func (p *importParser) header() bool {
	p.line = 1
	fields, ok, done := p.next()
	if !ok && !done {
		return false
	}
	if len(fields) > maxImportColumns {
		p.wrong("", CodeTooLong)
		return false
	}
	for _, field := range fields {
		column := strings.ToLower(strings.TrimSpace(field))
		switch {
		case !slices.Contains(importColumns, column):
			p.wrong(column, CodeUnknownField)
		case slices.Contains(p.columns, column):
			p.wrong(column, CodeDuplicate)
		}
		p.columns = append(p.columns, column)
	}
	for _, column := range []string{columnNumber, columnName} {
		if !slices.Contains(p.columns, column) {
			p.wrong(column, CodeRequired)
		}
	}
	return len(p.bad) == 0
}

func (p *importParser) lines() {
	for n := 0; ; {
		fields, ok, done := p.next()
		switch {
		case done:
			return
		case ok && empty(fields):
			continue
		}
		if n++; n > maxImportRows { // half a file would be worse than none
			p.rows = nil
			p.bad = p.bad[:min(len(p.bad), maxImportErrors)] // this is told in any case
			p.wrong("", CodeTooLong)
			return
		}
		if ok {
			p.row(fields)
		}
	}
}

func empty(fields []string) bool { return strings.TrimSpace(strings.Join(fields, "")) == "" }

// row keeps a line where nothing is wrong with it.
func (p *importParser) row(fields []string) {
	if len(fields) != len(p.columns) {
		p.wrong("", CodeInvalidCSV)
		return
	}
	before := len(p.bad)
	value := make(map[string]string, len(fields))
	for i, field := range fields {
		if !utf8.ValidString(field) {
			p.wrong(p.columns[i], CodeInvalidFormat)
		}
		value[p.columns[i]] = strings.TrimSpace(field)
	}
	if len(p.bad) > before {
		return
	}
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
