package request

import (
	"net/url"

	"countersign/internal/normalize"
)

// NormalizeValues normalizes the values of a form or a query.
func NormalizeValues(values url.Values) {
	for _, all := range values {
		for i, value := range all {
			all[i] = normalize.Text(value)
		}
	}
}

// NormalizeJSON normalizes the strings of a decoded JSON value. It changes objects and
// lists in place.
func NormalizeJSON(value any) any {
	switch v := value.(type) {
	case string:
		return normalize.Text(v)
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
