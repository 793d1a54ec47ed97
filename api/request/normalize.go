package request

import (
	"net/url"

	"golang.org/x/text/unicode/norm"
)

// NormalizeValues converts the values of a form or a query to Unicode's NFC form: programs
// write å as one or as two characters, which are equal text.
func NormalizeValues(values url.Values) {
	for _, all := range values {
		for i, value := range all {
			all[i] = norm.NFC.String(value)
		}
	}
}

// NormalizeJSON converts the strings of a decoded JSON value to NFC. It changes objects and
// lists in place.
func NormalizeJSON(value any) any {
	switch v := value.(type) {
	case string:
		return norm.NFC.String(v)
	case map[string]any:
		for name := range v {
			v[name] = NormalizeJSON(v[name])
		}
	case []any:
		for i := range v {
			v[i] = NormalizeJSON(v[i])
		}
	}
	return value
}
