package page

import (
	"slices"

	"countersign/api/i18n"
	"countersign/api/problem"
	"countersign/api/view"
	"countersign/collaboration"
)

// MarkErrors adds the field errors of a rejected form to its fields, and lists them in
// the order of the fields. Errors without a field in the form come last.
func MarkErrors(err error, l collaboration.Locale, fields ...*view.Field) view.Errors {
	left := slices.Clone(problem.DomainError(err).Fields)
	var listed view.Errors
	for _, f := range fields {
		at := slices.IndexFunc(left, func(e collaboration.FieldError) bool { return e.Field == f.Name })
		if at < 0 {
			continue
		}
		f.Error = fieldText(left[at], l)
		listed = append(listed, view.FormError{Field: f.Name, Label: f.Label, Message: f.Error})
		left = slices.Delete(left, at, at+1)
	}
	for _, e := range left {
		listed = append(listed, view.FormError{Message: fieldText(e, l)})
	}
	return listed
}

// fieldText returns the page's own text for a field error, or the text of its code.
func fieldText(f collaboration.FieldError, l collaboration.Locale) string {
	if key := "page.error." + f.Field + "." + string(f.Code); i18n.Has(l, key) {
		return i18n.Text(l, key)
	}
	return i18n.CodeText(l, f.Code)
}
