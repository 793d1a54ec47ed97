package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"countersign/collaboration"
)

// MaxFile is the largest customer file, in bytes.
const MaxFile = 10 << 20

const (
	maxRows = 10_000
	// maxErrors limits the errors that are reported for one file.
	maxErrors = 1000
	// maxColumns limits the header. A longer header belongs to another kind of file,
	// which is one error and not one for each column.
	maxColumns = 20
)

// LimitErrors keeps the first 1,000 errors of a file. If there are more, it appends
// CodeTooLong with the line of the next one.
func LimitErrors(all []collaboration.RowError) []collaboration.RowError {
	if len(all) <= maxErrors {
		return all
	}
	next := collaboration.RowError{Line: all[maxErrors].Line, Code: collaboration.CodeTooLong}
	return append(all[:maxErrors:maxErrors], next)
}

// checkRow checks the values of one line, by their columns.
type checkRow func(line int, values map[string]string) []collaboration.FieldError

// file is a CSV file while it is read.
type file struct {
	csv *csv.Reader
	// columns are those of the header, in order.
	columns []string
	// line is the number of the current line, from 1.
	line   int
	errors []collaboration.RowError
}

// read checks every row of a file. It returns the errors of the file, and whether the
// file was read to its end. The error is that of the reader.
func read(r io.Reader, known, required []string, check checkRow) (wrong []collaboration.RowError, isComplete bool, err error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, false, err
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	f := &file{csv: csv.NewReader(bytes.NewReader(raw))}
	f.csv.Comma = separator(raw)
	f.csv.FieldsPerRecord = -1
	isComplete = f.readHeader(known, required) && f.readRows(check)
	return f.errors, isComplete, nil
}

// separator returns the separator that is more frequent in the first line.
func separator(raw []byte) rune {
	line, _, _ := bytes.Cut(bytes.TrimLeft(raw, "\r\n"), []byte("\n"))
	if bytes.Count(line, []byte(";")) > bytes.Count(line, []byte(",")) {
		return ';'
	}
	return ','
}

func (f *file) addError(field string, code collaboration.Code) {
	f.errors = append(f.errors, collaboration.RowError{Line: f.line, Field: field, Code: code})
}

// nextLine reads a line. A line that is not CSV is an error of the file, and ok is
// false.
func (f *file) nextLine() (fields []string, ok, isEnd bool) {
	fields, err := f.csv.Read()
	var syntax *csv.ParseError
	switch {
	case errors.As(err, &syntax):
		f.line = syntax.StartLine
		f.addError("", collaboration.CodeInvalidCSV)
		return nil, false, false
	case err != nil: // io.EOF: a reader of bytes returns no other error
		return nil, false, true
	}
	f.line, _ = f.csv.FieldPos(0)
	return fields, true, false
}

// readHeader reads the columns, and reports whether the rows can be read.
func (f *file) readHeader(known, required []string) bool {
	f.line = 1
	fields, ok, isEnd := f.nextLine()
	if !ok && !isEnd {
		return false
	}
	if len(fields) > maxColumns {
		f.addError("", collaboration.CodeTooLong)
		return false
	}
	for _, field := range fields {
		column := strings.ToLower(strings.TrimSpace(field))
		switch {
		case !slices.Contains(known, column):
			f.addError(column, collaboration.CodeUnknownField)
		case slices.Contains(f.columns, column):
			f.addError(column, collaboration.CodeDuplicate)
		}
		f.columns = append(f.columns, column)
	}
	for _, column := range required {
		if !slices.Contains(f.columns, column) {
			f.addError(column, collaboration.CodeRequired)
		}
	}
	return len(f.errors) == 0
}

// readRows checks every row, and reports whether it reached the end of the file.
func (f *file) readRows(check checkRow) bool {
	for n := 0; ; {
		fields, ok, isEnd := f.nextLine()
		switch {
		case isEnd:
			return true
		case ok && isEmpty(fields):
			continue
		}
		if n++; n > maxRows {
			f.errors = f.errors[:min(len(f.errors), maxErrors)] // LimitErrors must keep this one
			f.addError("", collaboration.CodeTooLong)
			return false
		}
		if !ok {
			continue
		}
		if values, isValid := f.values(fields); isValid {
			for _, e := range check(f.line, values) {
				f.addError(e.Field, e.Code)
			}
		}
	}
}

func isEmpty(fields []string) bool { return strings.TrimSpace(strings.Join(fields, "")) == "" }

// values returns the fields of a line by their columns.
func (f *file) values(fields []string) (values map[string]string, isValid bool) {
	if len(fields) != len(f.columns) {
		f.addError("", collaboration.CodeInvalidCSV)
		return nil, false
	}
	isValid = true
	values = make(map[string]string, len(fields))
	for i, field := range fields {
		if !utf8.ValidString(field) {
			f.addError(f.columns[i], collaboration.CodeInvalidFormat)
			isValid = false
		}
		values[f.columns[i]] = strings.TrimSpace(field)
	}
	return values, isValid
}
