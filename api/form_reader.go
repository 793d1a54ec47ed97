package api

import (
	"strconv"
	"strings"
	"unicode"

	"countersign/collaboration"
)

// formReader parses typed values of a posted form. It collects the fields that do not
// parse in invalid, a part of the request to a use case, which lists all invalid fields
// in one error.
type formReader struct {
	value   func(name string) string
	invalid []collaboration.FieldError
}

func (f *formReader) reject(name string) {
	f.invalid = append(f.invalid, collaboration.FieldError{Field: name, Code: collaboration.CodeInvalidFormat})
}

// text returns a value without surrounding space. Control characters are invalid; the
// store cannot hold them all.
func (f *formReader) text(name string) string {
	value := strings.TrimSpace(strings.ToValidUTF8(f.value(name), "\uFFFD"))
	if strings.ContainsFunc(value, unicode.IsControl) {
		f.reject(name)
		return ""
	}
	return value
}

// number returns a value as a whole number, and 0 for an empty one.
func (f *formReader) number(name string) int {
	text := f.text(name)
	n, err := strconv.Atoi(text)
	if err != nil && text != "" {
		f.reject(name)
	}
	return n
}

// date returns a value as a date, and the zero date for an empty one.
func (f *formReader) date(name string) collaboration.Date {
	text := f.text(name)
	if text == "" {
		return collaboration.Date{}
	}
	day, err := collaboration.ParseDate(text)
	if err != nil {
		f.reject(name)
	}
	return day
}
