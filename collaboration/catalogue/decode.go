package catalogue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"countersign/collaboration"
)

// byteOrderMark begins the files of some editors on Windows.
var byteOrderMark = []byte("\xef\xbb\xbf")

// decode returns nil for a file without a readable solution. An unknown field leaves the
// others readable.
func decode(raw []byte) (*collaboration.Solution, []string) {
	raw = bytes.TrimPrefix(raw, byteOrderMark)
	if !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0 {
		return nil, []string{"is not UTF-8"}
	}
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	var s collaboration.Solution
	err := strict.Decode(&s)
	if err == nil {
		return &s, afterSolution(strict)
	}
	field, unknown := strings.CutPrefix(err.Error(), "json: unknown field ")
	if !unknown {
		return nil, []string{describe(err, raw)}
	}
	problems := []string{strings.Trim(field, `"`) + ": unknown field"}
	s = collaboration.Solution{}
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, append(problems, describe(err, raw))
	}
	return &s, problems
}

// afterSolution reports text after the solution.
func afterSolution(d *json.Decoder) []string {
	if _, err := d.Token(); errors.Is(err, io.EOF) {
		return nil
	}
	return []string{"has more than one JSON object"}
}

// describe returns the field or the line of an error.
func describe(err error, raw []byte) string {
	var syntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongType) && wrongType.Field == "":
		return "is not a JSON object"
	case errors.As(err, &wrongType):
		return fmt.Sprintf("%s: must be of type %s, not %s", wrongType.Field, kindOf(wrongType), wrongType.Value)
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(raw[:min(int(syntax.Offset), len(raw))], []byte("\n"))
		return fmt.Sprintf("is not JSON: line %d: %v", line, syntax)
	case len(bytes.TrimSpace(raw)) == 0:
		return "is empty"
	default:
		return "is not JSON: " + err.Error()
	}
}

// kindOf returns the JSON type of a field.
func kindOf(e *json.UnmarshalTypeError) string {
	switch kind := e.Type.Kind().String(); kind {
	case "struct", "map":
		return "object"
	case "slice":
		return "array"
	case "int":
		return "integer"
	default: // string, bool
		return kind
	}
}
