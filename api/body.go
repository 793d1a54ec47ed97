package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"countersign/collaboration"
)

// maxBody bounds a JSON body and a posted form.
const maxBody = 64 << 10

// shape reads a JSON body leniently: what has the wrong shape is left out of
// the result and named in the errors, so that the domain can judge the rest
// and the caller gets every wrong field in one answer. An error means that
// nothing could be read.
type shape struct {
	registry huma.Registry
	schema   *huma.Schema
}

func (s shape) decode(raw []byte, into any) ([]collaboration.FieldError, error) {
	repeated, err := walk(raw)
	if err != nil {
		return nil, collaboration.Errorf(collaboration.CodeMalformedRequest, "not JSON")
	}
	var body any
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, collaboration.Errorf(collaboration.CodeMalformedRequest, "not JSON")
	}
	object, ok := body.(map[string]any)
	if !ok {
		return nil, collaboration.Errorf(collaboration.CodeMalformedRequest, "not a JSON object")
	}
	var found huma.ValidateResult
	huma.Validate(s.registry, s.schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, object, &found)
	wrong := shapeErrors(found.Errors)
	for _, f := range slices.Concat(wrong, repeated) {
		remove(object, f.Field)
	}
	clean, err := json.Marshal(object)
	if err == nil {
		err = json.Unmarshal(clean, into)
	}
	if err != nil {
		return nil, collaboration.Errorf(collaboration.CodeMalformedRequest, "body does not fit its description")
	}
	return mergeFields(repeated, wrong), nil
}

// shapeErrors keeps what only the shape can tell. Missing fields and wrong
// choices are left to the domain, which knows what a form asks for.
func shapeErrors(found []error) []collaboration.FieldError {
	var wrong []collaboration.FieldError
	for _, err := range found {
		var d *huma.ErrorDetail
		if !errors.As(err, &d) {
			continue
		}
		switch d.Message {
		case validation.MsgUnexpectedProperty:
			wrong = append(wrong, collaboration.FieldError{Field: d.Location, Code: collaboration.CodeUnknownField})
		case validation.MsgExpectedString, validation.MsgExpectedInteger, validation.MsgExpectedNumber, validation.MsgExpectedBoolean,
			validation.MsgExpectedObject, validation.MsgExpectedArray, validation.MsgExpectedRFC3339Date:
			wrong = append(wrong, collaboration.FieldError{Field: d.Location, Code: collaboration.CodeInvalidFormat})
		}
	}
	slices.SortFunc(wrong, func(a, b collaboration.FieldError) int { return strings.Compare(a.Field, b.Field) })
	return wrong
}

// remove takes a field out by its path.
func remove(object map[string]any, path string) {
	name, rest, nested := strings.Cut(path, ".")
	if inner, ok := object[name].(map[string]any); ok && nested {
		remove(inner, rest)
		return
	}
	delete(object, name)
}

// walk reads one JSON value and nothing after it, and names every field that
// stands there twice: parsers disagree about which one counts.
func walk(raw []byte) ([]collaboration.FieldError, error) {
	w := walker{dec: json.NewDecoder(bytes.NewReader(raw))}
	if err := w.value(""); err != nil {
		return nil, err
	}
	if _, err := w.dec.Token(); err != io.EOF {
		return nil, errors.New("something follows the value")
	}
	return w.repeated, nil
}

type walker struct {
	dec      *json.Decoder
	repeated []collaboration.FieldError
}

func (w *walker) value(path string) error {
	token, err := w.dec.Token()
	if err != nil {
		return err
	}
	opening, nested := token.(json.Delim)
	if !nested {
		return nil
	}
	seen := map[string]bool{}
	for w.dec.More() {
		inner := path
		if opening == '{' {
			key, err := w.dec.Token()
			if err != nil {
				return err
			}
			name, _ := key.(string)
			inner = strings.TrimPrefix(path+"."+name, ".")
			if seen[name] {
				w.repeated = append(w.repeated, collaboration.FieldError{Field: inner, Code: collaboration.CodeDuplicate})
			}
			seen[name] = true
		}
		if err := w.value(inner); err != nil {
			return err
		}
	}
	_, err = w.dec.Token()
	return err
}

// requireType refuses a body of another media type.
func (s *Server) requireType(want string) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		got, _, err := mime.ParseMediaType(ctx.Header("Content-Type"))
		if err != nil || got != want {
			s.refuse(ctx, &collaboration.Error{Code: collaboration.CodeUnsupportedMediaType})
			return
		}
		next(ctx)
	}
}
