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

// maxRows bounds one file; maxRowErrors what is told of one. A header with more
// than maxColumns is of another file: that is told once, not per column.
const (
	maxRows      = 10_000
	maxRowErrors = 1000
	maxColumns   = 20
)

// FirstRowErrors are the first thousand of a file, and where there are more
// too_long with the line of the next one.
func FirstRowErrors(bad []RowError) []RowError {
	if len(bad) <= maxRowErrors {
		return bad
	}
	next := RowError{Line: bad[maxRowErrors].Line, Code: CodeTooLong}
	return append(bad[:maxRowErrors:maxRowErrors], next)
}

// table reads a file people made: CSV in UTF-8 with a header line, separated by
// commas, or by semicolons as Excel does in Sweden.
type table struct {
	csv *csv.Reader
	// known are the columns there may be, needed those there must be.
	known, needed []string
	columns       []string
	line          int
	bad           []RowError
}

func newTable(r io.Reader, known, needed []string) (*table, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	t := &table{csv: csv.NewReader(bytes.NewReader(raw)), known: known, needed: needed}
	t.csv.Comma = separator(raw)
	t.csv.FieldsPerRecord = -1
	return t, nil
}

// separator is what the first line has more of.
func separator(raw []byte) rune {
	line, _, _ := bytes.Cut(bytes.TrimLeft(raw, "\r\n"), []byte("\n"))
	if bytes.Count(line, []byte(";")) > bytes.Count(line, []byte(",")) {
		return ';'
	}
	return ','
}

func (t *table) wrong(field string, code Code) {
	t.bad = append(t.bad, RowError{Line: t.line, Field: field, Code: code})
}

// next reads a line; done at the end. A line that is not CSV is reported.
func (t *table) next() (fields []string, ok, done bool) {
	fields, err := t.csv.Read()
	var broken *csv.ParseError
	switch {
	case errors.As(err, &broken):
		t.line = broken.StartLine
		t.wrong("", CodeInvalidCSV)
		return nil, false, false
	case err != nil: // the end; reading bytes fails in no other way
		return nil, false, true
	}
	t.line, _ = t.csv.FieldPos(0)
	return fields, true, false
}

// header learns the columns, and reports whether the rest can be read.
func (t *table) header() bool {
	t.line = 1
	fields, ok, done := t.next()
	if !ok && !done {
		return false
	}
	if len(fields) > maxColumns {
		t.wrong("", CodeTooLong)
		return false
	}
	for _, field := range fields {
		column := strings.ToLower(strings.TrimSpace(field))
		switch {
		case !slices.Contains(t.known, column):
			t.wrong(column, CodeUnknownField)
		case slices.Contains(t.columns, column):
			t.wrong(column, CodeDuplicate)
		}
		t.columns = append(t.columns, column)
	}
	for _, column := range t.needed {
		if !slices.Contains(t.columns, column) {
			t.wrong(column, CodeRequired)
		}
	}
	return len(t.bad) == 0
}

// each calls row with the values of every line that can be read, and reports
// whether the file was read whole.
func (t *table) each(row func(value map[string]string)) bool {
	for n := 0; ; {
		fields, ok, done := t.next()
		switch {
		case done:
			return true
		case ok && empty(fields):
			continue
		}
		if n++; n > maxRows { // half a file would be worse than none
			t.bad = t.bad[:min(len(t.bad), maxRowErrors)] // this is told in any case
			t.wrong("", CodeTooLong)
			return false
		}
		if value, good := t.values(fields); ok && good {
			row(value)
		}
	}
}

func empty(fields []string) bool { return strings.TrimSpace(strings.Join(fields, "")) == "" }

// values are a line's fields by their columns.
func (t *table) values(fields []string) (value map[string]string, good bool) {
	if fields == nil {
		return nil, false
	}
	if len(fields) != len(t.columns) {
		t.wrong("", CodeInvalidCSV)
		return nil, false
	}
	before := len(t.bad)
	value = make(map[string]string, len(fields))
	for i, field := range fields {
		if !utf8.ValidString(field) {
			t.wrong(t.columns[i], CodeInvalidFormat)
		}
		value[t.columns[i]] = strings.TrimSpace(field)
	}
	return value, len(t.bad) == before
}
