package page

import (
	"countersign/api/i18n"
	"countersign/collaboration"
)

// FieldText returns the page's own text for a field error, or the text of its code.
func FieldText(f collaboration.FieldError, l collaboration.Locale) string {
	key := "page.error." + f.Field + "." + string(f.Code)
	if t := i18n.Text(l, key); t != key {
		return t
	}
	return i18n.CodeText(l, f.Code)
}
