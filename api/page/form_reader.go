package page

import (
	"strconv"
	"strings"
	"unicode"

	"countersign/collaboration"
)

// FormReader parses typed values of a posted form. It collects the fields that do not
// parse in Invalid, a part of the request to a use case, which lists all invalid fields
// in one error.
type FormReader struct {
	value   func(name string) string
	Invalid []collaboration.FieldError
}

// NewFormReader returns a reader of values by field name, such as Context.FormValue.
func NewFormReader(value func(name string) string) *FormReader { return &FormReader{value: value} }

// Reject adds a field that does not parse.
func (f *FormReader) Reject(name string) {
	f.Invalid = append(f.Invalid, collaboration.FieldError{Field: name, Code: collaboration.CodeInvalidFormat})
}

// Text returns a value without surrounding space. Control characters are invalid; the
// store cannot hold them all.
func (f *FormReader) Text(name string) string {
	value := strings.TrimSpace(strings.ToValidUTF8(f.value(name), "\uFFFD"))
	if strings.ContainsFunc(value, unicode.IsControl) {
		f.Reject(name)
		return ""
	}
	return value
}

// Number returns a value as a whole number, and 0 for an empty one.
func (f *FormReader) Number(name string) int {
	text := f.Text(name)
	n, err := strconv.Atoi(text)
	if err != nil && text != "" {
		f.Reject(name)
	}
	return n
}

// Date returns a value as a date, and the zero date for an empty one.
func (f *FormReader) Date(name string) collaboration.Date {
	text := f.Text(name)
	if text == "" {
		return collaboration.Date{}
	}
	day, err := collaboration.ParseDate(text)
	if err != nil {
		f.Reject(name)
	}
	return day
}
