package i18n

import "countersign/collaboration"

// CodeText returns the text of an error code in a language; that of CodeInternal for an
// unknown code.
func CodeText(l collaboration.Locale, c collaboration.Code) string {
	if key := "error." + string(c); Has(l, key) {
		return Text(l, key)
	}
	return Text(l, "error."+string(collaboration.CodeInternal))
}
