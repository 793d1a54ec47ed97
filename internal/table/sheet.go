package table

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"countersign/collaboration"
	"countersign/internal/normalize"
)

// WorkbookType is the media type of a workbook.
const WorkbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// The bounds of a workbook once it is unpacked, in bytes. A small archive can be packed so
// that it unpacks to gigabytes.
const (
	maxUnpacked      = 64 << 20
	maxUnpackedSheet = 32 << 20
)

// sheet reads the first sheet of a workbook.
type sheet struct {
	book *excelize.File
	name string
	rows *excelize.Rows
	// number is that of the current line.
	number int
	// width is the number of fields of the header: a sheet omits empty cells at the end.
	width int
	// hasFormulas is false for a sheet without any, which needs no look at its cells.
	hasFormulas bool
	failed      error
}

// newSheet opens a workbook. One that cannot be read, or that has macros, is an error of its
// first line.
func newSheet(raw []byte) *sheet {
	s := &sheet{}
	book, err := excelize.OpenReader(bytes.NewReader(raw), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpackedSheet, RawCellValue: true})
	if err != nil {
		s.failed = &lineError{1, collaboration.CodeInvalidCSV}
		return s
	}
	if _, hasMacros := book.Pkg.Load("xl/vbaProject.bin"); hasMacros {
		s.failed = &lineError{1, collaboration.CodeMacros}
		return s
	}
	s.book, s.name = book, book.GetSheetName(0)
	s.hasFormulas = hasFormulas(book)
	if s.rows, err = book.Rows(s.name); err != nil {
		s.failed = &lineError{1, collaboration.CodeInvalidCSV}
	}
	return s
}

// hasFormulas reports whether any sheet of a workbook may have a formula.
func hasFormulas(book *excelize.File) (found bool) {
	book.Pkg.Range(func(name, content any) bool {
		raw, isRaw := content.([]byte)
		found = strings.HasPrefix(name.(string), "xl/worksheets/") && (!isRaw || bytes.Contains(raw, []byte("<f")))
		return !found
	})
	return found
}

func (s *sheet) next() (line, error) {
	if s.failed != nil {
		err := s.failed
		s.failed = io.EOF
		return line{}, err
	}
	if !s.rows.Next() {
		s.failed = io.EOF
		if err := errors.Join(s.rows.Error(), s.rows.Close(), s.book.Close()); err != nil {
			return line{}, &lineError{s.number + 1, collaboration.CodeInvalidCSV}
		}
		return line{}, io.EOF
	}
	s.number++
	fields, err := s.rows.Columns()
	if err != nil {
		return line{}, &lineError{s.number, collaboration.CodeInvalidCSV}
	}
	l := line{number: s.number, fields: fields, formulas: s.formulas(len(fields))}
	for i, field := range l.fields {
		l.fields[i] = normalize.Text(plainNumber(field))
	}
	if s.width == 0 {
		s.width = len(withoutEmptyEnd(l.fields, 0))
	}
	for len(l.fields) < s.width {
		l.fields = append(l.fields, "")
	}
	return l, nil
}

// formulas returns the positions of the current line's formulas.
func (s *sheet) formulas(width int) (all []int) {
	if !s.hasFormulas {
		return nil
	}
	for i := range max(width, s.width) {
		cell, err := excelize.CoordinatesToCellName(i+1, s.number)
		if err != nil {
			continue
		}
		if formula, err := s.book.GetCellFormula(s.name, cell); err == nil && formula != "" {
			all = append(all, i)
		}
	}
	return all
}

// plainNumber writes a number as a person does: a workbook stores 5592201007 as 5.592201007E9.
func plainNumber(field string) string {
	if !strings.ContainsAny(field, "eE") || strings.Trim(field, "0123456789.eE+") != "" {
		return field
	}
	number, err := strconv.ParseFloat(field, 64)
	if err != nil {
		return field
	}
	return strconv.FormatFloat(number, 'f', -1, 64)
}
