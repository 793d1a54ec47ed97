package endpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"countersign/api/problem"
	"countersign/api/request"
	"countersign/collaboration"
)

// maxBody bounds a JSON body. The other constants bound the error
// response to a JSON body. A body over a bound is rejected as malformed.
const (
	maxBody      = 64 << 10
	maxNesting   = 32
	maxFieldName = 100 // bytes
	maxWrong     = 100
)

// shape decodes a JSON body leniently. Fields that do not fit the schema are omitted
// from the result and listed as field errors. The domain then validates the other
// fields, so the caller gets every invalid field in one response. An error means that
// the body as a whole is not readable.
type shape struct {
	registry huma.Registry
	schema   *huma.Schema
}

// shapeOf returns the decoder of a JSON body of type T.
func shapeOf[T any](schemas huma.Registry) shape {
	return shape{registry: schemas, schema: schemas.Schema(reflect.TypeFor[T](), true, "")}
}

// DecodeBody decodes a JSON body leniently: invalid names the fields that do not fit
// the schema.
func DecodeBody[T any](schemas huma.Registry, raw []byte) (body T, invalid []collaboration.FieldError, err error) {
	invalid, err = shapeOf[T](schemas).decode(raw, &body)
	return body, invalid, err
}

func (s shape) decode(raw []byte, into any) ([]collaboration.FieldError, error) {
	seen, err := walk(raw)
	if err != nil {
		return nil, collaboration.Errorf(collaboration.CodeMalformedRequest, "not JSON, or beyond bounds")
	}
	var body any
	// A number too large for float64 becomes null; walk has listed it as an error.
	var tooLarge *json.UnmarshalTypeError
	if err := json.Unmarshal(raw, &body); err != nil && !errors.As(err, &tooLarge) {
		return nil, collaboration.Errorf(collaboration.CodeMalformedRequest, "not JSON")
	}
	object, ok := body.(map[string]any)
	if !ok {
		return nil, collaboration.Errorf(collaboration.CodeMalformedRequest, "not a JSON object")
	}
	request.NormalizeJSON(object)
	var found huma.ValidateResult
	huma.Validate(s.registry, s.schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, object, &found)
	wrong := slices.Concat(seen.repeated, shapeErrors(found.Errors), seen.unfit)
	for _, f := range wrong {
		remove(object, f.Field)
	}
	unfit, err := fill(into, object)
	if err != nil {
		return nil, collaboration.Errorf(collaboration.CodeMalformedRequest, "body does not fit its description")
	}
	return problem.MergeFields(wrong, unfit), nil
}

// DecodeWhole decodes a JSON body strictly. Its error lists every field that does not
// fit the schema.
func DecodeWhole[T any](schemas huma.Registry, raw []byte, body *T) error {
	return shapeOf[T](schemas).decodeWhole(raw, body)
}

func (s shape) decodeWhole(raw []byte, into any) error {
	seen, err := walk(raw)
	if err != nil {
		return collaboration.Errorf(collaboration.CodeMalformedRequest, "not JSON, or beyond bounds")
	}
	var body any
	if err := json.Unmarshal(raw, &body); err != nil {
		return collaboration.Errorf(collaboration.CodeMalformedRequest, "not JSON")
	}
	body = request.NormalizeJSON(body)
	var found huma.ValidateResult
	huma.Validate(s.registry, s.schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, body, &found)
	if wrong := problem.MergeFields(seen.repeated, shapeErrors(found.Errors), seen.unfit); len(wrong) > 0 {
		return &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: wrong[:min(len(wrong), maxWrong)]}
	}
	normal, err := json.Marshal(body)
	if err == nil {
		err = json.Unmarshal(normal, into)
	}
	if err != nil {
		return collaboration.Errorf(collaboration.CodeMalformedRequest, "body does not fit its description")
	}
	return nil
}

// fill decodes object into a struct. It omits and lists the values that a field's
// type cannot represent.
func fill(into any, object map[string]any) (unfit []collaboration.FieldError, err error) {
	for range maxWrong {
		clean, err := json.Marshal(object)
		if err == nil {
			err = json.Unmarshal(clean, into)
		}
		var mistyped *json.UnmarshalTypeError
		if !errors.As(err, &mistyped) {
			return unfit, err
		}
		remove(object, mistyped.Field)
		unfit = append(unfit, collaboration.FieldError{Field: mistyped.Field, Code: collaboration.CodeInvalidFormat})
	}
	return nil, errors.New("too much does not fit")
}

// shapeErrors keeps the errors that the domain cannot find: unknown fields and wrong
// types. The domain validates required fields and choices, because they depend on the
// form.
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

// remove deletes a field by its path.
func remove(object map[string]any, path string) {
	name, rest, nested := strings.Cut(path, ".")
	if inner, ok := object[name].(map[string]any); ok && nested {
		remove(inner, rest)
		return
	}
	delete(object, name)
}

// walk reads one JSON value and rejects trailing data. It lists duplicate fields,
// because parsers disagree about which duplicate counts. It also lists fields with a
// value that no field accepts.
func walk(raw []byte) (*walker, error) {
	w := &walker{dec: json.NewDecoder(bytes.NewReader(raw))}
	w.dec.UseNumber()
	if err := w.value(1); err != nil {
		return nil, err
	}
	if _, err := w.dec.Token(); err != io.EOF {
		return nil, errors.New("something follows the value")
	}
	return w, nil
}

type walker struct {
	dec             *json.Decoder
	path            []string
	repeated, unfit []collaboration.FieldError
}

func (w *walker) field(code collaboration.Code) collaboration.FieldError {
	return collaboration.FieldError{Field: strings.Join(w.path, "."), Code: code}
}

func (w *walker) value(depth int) error {
	token, err := w.dec.Token()
	if err != nil {
		return err
	}
	opening, nested := token.(json.Delim)
	switch {
	case !nested && !fit(token):
		w.unfit = append(w.unfit, w.field(collaboration.CodeInvalidFormat))
	case nested && depth > maxNesting:
		return errors.New("nested too deeply")
	case nested:
		err = w.inside(opening, depth)
	}
	if len(w.repeated)+len(w.unfit) > maxWrong {
		return errors.New("too much is wrong")
	}
	return err
}

// inside reads an object or an array to its end. Errors in an array element have the
// path of the array.
func (w *walker) inside(opening json.Delim, depth int) error {
	seen := map[string]bool{}
	for w.dec.More() {
		above := len(w.path)
		if opening == '{' {
			if err := w.name(seen); err != nil {
				return err
			}
		}
		if err := w.value(depth + 1); err != nil {
			return err
		}
		w.path = w.path[:above]
	}
	_, err := w.dec.Token()
	return err
}

func (w *walker) name(seen map[string]bool) error {
	key, err := w.dec.Token()
	if err != nil {
		return err
	}
	name, _ := key.(string)
	if len(name) > maxFieldName {
		return errors.New("no field has such a name")
	}
	w.path = append(w.path, name)
	if seen[name] {
		w.repeated = append(w.repeated, w.field(collaboration.CodeDuplicate))
	}
	seen[name] = true
	return nil
}

// fit reports whether any field could accept the value. Numbers must fit in a float64.
// Strings must not contain control characters. Line breaks and tabs are allowed, for
// comments.
func fit(token json.Token) bool {
	switch v := token.(type) {
	case json.Number:
		_, err := v.Float64()
		return err == nil
	case string:
		return !strings.ContainsFunc(v, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r) })
	}
	return true
}

// requireType rejects a body with a media type that is not one of some.
func requireType(api huma.API, types ...string) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if !isType(ctx.Header("Content-Type"), types) {
			writeProblem(api, ctx, &collaboration.Error{Code: collaboration.CodeUnsupportedMediaType})
			return
		}
		next(ctx)
	}
}

func isType(contentType string, types []string) bool {
	got, parameters, err := mime.ParseMediaType(contentType)
	return err == nil && got != "" && slices.Contains(types, got) && isReadable(got, strings.ToLower(parameters["charset"]))
}

// isReadable reports whether text in a declared charset can be read. The content of a file
// decides between the charsets of files.
func isReadable(mediaType, charset string) bool {
	switch charset {
	case "", "utf-8", "utf8", "us-ascii":
		return true
	case "utf-16", "utf-16le", "utf-16be", "windows-1252", "iso-8859-1", "latin1":
		return mediaType == "text/csv"
	}
	return false
}
