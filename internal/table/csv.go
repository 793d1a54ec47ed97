package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"countersign/collaboration"
	"countersign/internal/normalize"
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

// line is one line of a file.
type line struct {
	number int // from 1
	fields []string
	// formulas are the positions of fields that have a formula instead of a value.
	formulas []int
}

// source reads the lines of a file in order. The error is io.EOF at the end, or a lineError.
type source interface{ next() (line, error) }

// lineError is a line that cannot be read, or a file that cannot.
type lineError struct {
	number int
	code   collaboration.Code
}

func (e *lineError) Error() string { return string(e.code) }

// file is a file while it is read.
type file struct {
	source source
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
	f := &file{source: newSource(raw)}
	isComplete = f.readHeader(known, required) && f.readRows(check)
	return f.errors, isComplete, nil
}

// newSource reads a workbook, which begins like every ZIP archive, or else CSV.
func newSource(raw []byte) source {
	if bytes.HasPrefix(raw, []byte("PK\x03\x04")) {
		return newSheet(raw)
	}
	s := &csvSource{unread: lineFeeds([]byte(normalize.Text(string(toUTF8(raw)))))}
	s.declareSeparator()
	return s
}

// lineFeeds ends every line with a line feed: files also have CR LF, or CR alone.
func lineFeeds(text []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
}

// csvSource reads one record from each line, because no value of a file has several lines.
// An unclosed quote therefore makes one line unreadable, and not those after it.
type csvSource struct {
	unread    []byte
	separator rune
	number    int // of the last line
}

// declareSeparator reads the line "sep=;" with which Excel declares the separator. Without
// it the first line decides.
func (s *csvSource) declareSeparator() {
	s.separator = separator(s.unread)
	first, rest, _ := bytes.Cut(s.unread, []byte("\n"))
	if declared, ok := bytes.CutPrefix(first, []byte("sep=")); ok && len(declared) == 1 && bytes.Contains([]byte(";,\t"), declared) {
		s.unread, s.separator, s.number = rest, rune(declared[0]), 1
	}
}

func (s *csvSource) next() (line, error) {
	for len(s.unread) > 0 {
		row, rest, _ := bytes.Cut(s.unread, []byte("\n"))
		s.unread = rest
		s.number++
		if len(row) == 0 {
			continue
		}
		reader := csv.NewReader(bytes.NewReader(row))
		reader.Comma = s.separator
		fields, err := reader.Read()
		if err != nil {
			return line{}, &lineError{s.number, collaboration.CodeInvalidCSV}
		}
		return line{number: s.number, fields: fields}, nil
	}
	return line{}, io.EOF
}

// separator returns the separator that is most frequent in the first line: a semicolon, a
// tab or a comma.
func separator(raw []byte) rune {
	first, _, _ := bytes.Cut(bytes.TrimLeft(raw, "\r\n"), []byte("\n"))
	best := ','
	for _, s := range ";\t" {
		if bytes.Count(first, []byte(string(s))) > bytes.Count(first, []byte(string(best))) {
			best = s
		}
	}
	return best
}

func (f *file) addError(field string, code collaboration.Code) {
	f.errors = append(f.errors, collaboration.RowError{Line: f.line, Field: field, Code: code})
}

// nextLine reads a line. A line that cannot be read is an error of the file, and ok is
// false.
func (f *file) nextLine() (l line, ok, isEnd bool) {
	l, err := f.source.next()
	var unreadable *lineError
	switch {
	case errors.As(err, &unreadable):
		f.line = unreadable.number
		f.addError("", unreadable.code)
		return l, false, false
	case err != nil:
		return l, false, true
	}
	f.line = l.number
	return l, true, false
}

// readHeader reads the columns, and reports whether the rows can be read.
func (f *file) readHeader(known, required []string) bool {
	f.line = 1
	header, ok, isEnd := f.nextLine()
	if !ok && !isEnd {
		return false
	}
	fields := withoutEmptyEnd(header.fields, 0)
	if len(fields) > maxColumns {
		f.addError("", collaboration.CodeTooLong)
		return false
	}
	for _, field := range fields {
		column := columnName(field)
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
		l, ok, isEnd := f.nextLine()
		switch {
		case isEnd:
			return true
		case ok && isEmpty(l):
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
		if values, isValid := f.values(l); isValid {
			for _, e := range check(f.line, values) {
				f.addError(e.Field, e.Code)
			}
		}
	}
}

func isEmpty(l line) bool {
	return len(l.formulas) == 0 && strings.TrimSpace(strings.Join(l.fields, "")) == ""
}

// withoutEmptyEnd removes empty fields at the end of a line, down to a length: programs
// write separators for columns without a name.
func withoutEmptyEnd(fields []string, length int) []string {
	for len(fields) > length && strings.TrimSpace(fields[len(fields)-1]) == "" {
		fields = fields[:len(fields)-1]
	}
	return fields
}

// values returns the fields of a line by their columns.
func (f *file) values(l line) (values map[string]string, isValid bool) {
	fields := withoutEmptyEnd(l.fields, len(f.columns))
	for len(fields) < len(f.columns) { // programs omit empty fields at the end
		fields = append(fields, "")
	}
	if len(fields) != len(f.columns) {
		f.addError("", collaboration.CodeInvalidCSV)
		return nil, false
	}
	isValid = true
	for _, at := range l.formulas {
		if at < len(f.columns) {
			f.addError(f.columns[at], collaboration.CodeFormula)
			isValid = false
		}
	}
	values = make(map[string]string, len(fields))
	for i, field := range fields {
		values[f.columns[i]] = strings.TrimSpace(field)
	}
	return values, isValid
}
