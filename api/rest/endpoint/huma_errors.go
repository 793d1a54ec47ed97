package endpoint

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"countersign/api/problem"
	"countersign/collaboration"
)

// writeProblem answers with a problem from a middleware, before a handler runs.
func writeProblem(api huma.API, ctx huma.Context, err error) {
	p := problem.Report(ctx.Context(), err)
	for name, values := range p.GetHeaders() {
		ctx.SetHeader(name, values[0])
	}
	huma.WriteErr(api, ctx, p.Status, "", p)
}

// ConfigureHuma sets the process-wide settings of huma: field names are case-sensitive,
// lists are never null, errors are problems.
var ConfigureHuma = sync.OnceFunc(func() {
	huma.ValidateStrictCasing = true
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return problemFromHuma(context.Background(), status, message, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		return problemFromHuma(ctx.Context(), status, message, errs)
	}
})

// cannotRead is huma's message for a body that does not match its own headers or
// was cut off. The client caused it.
const cannotRead = "cannot read request body"

// problemFromHuma converts an error that huma found itself.
func problemFromHuma(ctx context.Context, status int, message string, errs []error) *problem.Problem {
	for _, err := range errs {
		var p *problem.Problem
		var e *collaboration.Error
		if errors.As(err, &p) {
			return p
		}
		if errors.As(err, &e) {
			return problem.Report(ctx, e)
		}
	}
	if message == cannotRead {
		status = http.StatusBadRequest
	}
	switch status {
	case http.StatusUnprocessableEntity:
		return problem.Report(ctx, &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: parameterErrors(errs)})
	case http.StatusRequestEntityTooLarge:
		return problem.Report(ctx, &collaboration.Error{Code: collaboration.CodeBodyTooLarge})
	case http.StatusBadRequest, http.StatusRequestTimeout:
		return problem.Report(ctx, &collaboration.Error{Code: collaboration.CodeMalformedRequest})
	}
	return problem.Report(ctx, collaboration.Errorf(collaboration.CodeInternal, "status %d: %w", status, errors.Join(errs...)))
}

// parameterErrors lists the invalid query parameters and headers.
func parameterErrors(errs []error) []collaboration.FieldError {
	var fields []collaboration.FieldError
	for _, err := range errs {
		var d *huma.ErrorDetail
		if !errors.As(err, &d) {
			continue
		}
		_, name, _ := strings.Cut(d.Location, ".")
		field := collaboration.FieldError{Field: name, Code: collaboration.CodeInvalidFormat}
		switch {
		case strings.HasPrefix(d.Message, "unknown query"):
			field.Code = collaboration.CodeUnknownField
		case madeFrom(d.Message, validation.MsgExpectedOneOf):
			field.Code, field.Choices = collaboration.CodeInvalidChoice, choicesIn(d.Message)
		case madeFrom(d.Message, validation.MsgExpectedMaxLength):
			field.Code = collaboration.CodeTooLong
		}
		fields = append(fields, field)
	}
	return problem.MergeFields(fields)
}

// choicesIn returns the quoted list of a message.
func choicesIn(message string) string {
	_, quoted, _ := strings.Cut(message, `"`)
	return strings.TrimSuffix(quoted, `"`)
}

// madeFrom reports whether a message was made from one of huma's formats.
func madeFrom(message, format string) bool {
	prefix, _, _ := strings.Cut(format, "%")
	return strings.HasPrefix(message, prefix)
}
