package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"countersign/collaboration"
)

// Problem is an RFC 9457 problem: the one shape of every error.
type Problem struct {
	Type     string             `json:"type" example:"urn:countersign:problem:invalid_request" doc:"Names the kind of problem: urn:countersign:problem: and the code."`
	Title    string             `json:"title" example:"Some of the details need to be corrected." doc:"What people can read, in the language of Accept-Language (sv or en)."`
	Status   int                `json:"status" example:"422" doc:"The HTTP status."`
	Code     collaboration.Code `json:"code" example:"invalid_request" doc:"Stable. Branch on this, never on texts."`
	Instance string             `json:"instance,omitempty" example:"urn:countersign:request:R4QXW6ZT5NQ2" doc:"This occurrence: the request's id, as in X-Request-Id. Quote it when you ask for help."`
	Errors   []FieldProblem     `json:"errors,omitempty" doc:"Every field that is wrong, all at once."`
	// Activation is the one that stands in the way.
	Activation collaboration.ActivationID `json:"activation,omitempty" doc:"The activation that stands in the way; its address is in the Location header."`
	Rows       []RowProblem               `json:"rows,omitempty" doc:"Every line of an imported file that is wrong."`
	Decision   *DecisionView              `json:"decision,omitempty" doc:"The answer that counted, where another one came first."`

	headers http.Header
}

// FieldProblem is one wrong field.
type FieldProblem struct {
	Field   string             `json:"field" example:"contact.email" doc:"The field's path, with dots."`
	Code    collaboration.Code `json:"code" example:"invalid_format"`
	Message string             `json:"message" example:"This is not in the right format."`
}

// RowProblem is one wrong line of a file.
type RowProblem struct {
	Line    int                `json:"line" example:"17" doc:"Counted from 1, the header line included."`
	Field   string             `json:"field,omitempty" example:"organisation_number" doc:"The column."`
	Code    collaboration.Code `json:"code" example:"invalid_format"`
	Message string             `json:"message" example:"This is not in the right format."`
}

// What huma asks of an error that it shall write.
func (p *Problem) Error() string             { return string(p.Code) }
func (p *Problem) GetStatus() int            { return p.Status }
func (p *Problem) GetHeaders() http.Header   { return p.headers }
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// fault is an error of the catalogue with what only some problems carry.
type fault struct {
	error
	rows     []collaboration.RowError
	decision *collaboration.Decision
}

func (f *fault) Unwrap() error { return f.error }

// problemOf makes the problem of an error, and notes it for the log.
func problemOf(ctx context.Context, err error) *Problem {
	if p, ok := err.(*Problem); ok {
		return p
	}
	e := inCatalogue(err)
	r := requestOf(ctx)
	r.code, r.cause = e.Code, err
	p := &Problem{
		Type: "urn:countersign:problem:" + string(e.Code), Title: e.Code.Text(r.locale), Status: e.Code.Status(), Code: e.Code,
		Activation: e.Activation, headers: http.Header{},
	}
	if r.id != "" {
		p.Instance = "urn:countersign:request:" + r.id
	}
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, FieldProblem{Field: f.Field, Code: f.Code, Message: f.Code.Text(r.locale)})
	}
	var f *fault
	if errors.As(err, &f) {
		p.add(f, r.locale)
	}
	p.setHeaders(e)
	return p
}

func (p *Problem) add(f *fault, l collaboration.Locale) {
	for _, row := range f.rows {
		p.Rows = append(p.Rows, RowProblem{Line: row.Line, Field: row.Field, Code: row.Code, Message: row.Code.Text(l)})
	}
	p.Decision = viewDecision(f.decision)
}

func (p *Problem) setHeaders(e *collaboration.Error) {
	if e.Activation != "" {
		p.headers.Set("Location", activationPath(e.Activation))
	}
	if e.Code == collaboration.CodeUnauthenticated {
		p.headers.Set("WWW-Authenticate", `Bearer realm="countersign"`)
	}
	if wait := max(e.RetryAfter, time.Second); e.Code.Retryable() && p.Status != http.StatusInternalServerError {
		p.headers.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
}

// inCatalogue is the catalogue's error in err's chain. A downstream call that
// took too long is unavailable; anything else from outside is internal.
func inCatalogue(err error) *collaboration.Error {
	var e *collaboration.Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: err}
	default:
		return &collaboration.Error{Code: collaboration.CodeInternal, Cause: err}
	}
}

func writeProblem(c *gin.Context, err error) { writeProblemTo(c.Writer, c.Request.Context(), err) }

func writeProblemTo(w http.ResponseWriter, ctx context.Context, err error) {
	p := problemOf(ctx, err)
	for name, values := range p.headers {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	body, _ := json.Marshal(p) // strings and numbers only
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // who has gone needs no answer
}

// refuse answers with a problem before a handler was reached.
func (s *Server) refuse(ctx huma.Context, err error) {
	p := problemOf(ctx.Context(), err)
	for name, values := range p.headers {
		ctx.SetHeader(name, values[0])
	}
	huma.WriteErr(s.api, ctx, p.Status, "", p)
}

func init() {
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return ofFramework(context.Background(), status, message, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		return ofFramework(ctx.Context(), status, message, errs)
	}
}

// cannotRead is huma's word for a body that is not what its own header says, or was
// cut off: no fault of ours.
const cannotRead = "cannot read request body"

// ofFramework is the problem of an error that huma found by itself.
func ofFramework(ctx context.Context, status int, message string, errs []error) *Problem {
	for _, err := range errs {
		var p *Problem
		var e *collaboration.Error
		if errors.As(err, &p) {
			return p
		}
		if errors.As(err, &e) {
			return problemOf(ctx, e)
		}
	}
	if message == cannotRead {
		status = http.StatusBadRequest
	}
	switch status {
	case http.StatusUnprocessableEntity:
		return problemOf(ctx, &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: parameters(errs)})
	case http.StatusRequestEntityTooLarge:
		return problemOf(ctx, &collaboration.Error{Code: collaboration.CodeBodyTooLarge})
	case http.StatusBadRequest, http.StatusRequestTimeout:
		return problemOf(ctx, &collaboration.Error{Code: collaboration.CodeMalformedRequest})
	}
	return problemOf(ctx, collaboration.Errorf(collaboration.CodeInternal, "status %d: %w", status, errors.Join(errs...)))
}

// parameters names the query parameters and headers that are wrong.
func parameters(errs []error) []collaboration.FieldError {
	var fields []collaboration.FieldError
	for _, err := range errs {
		var d *huma.ErrorDetail
		if !errors.As(err, &d) {
			continue
		}
		_, name, _ := strings.Cut(d.Location, ".")
		code := collaboration.CodeInvalidFormat
		switch {
		case strings.HasPrefix(d.Message, "unknown query"):
			code = collaboration.CodeUnknownField
		case strings.HasPrefix(d.Message, "expected value to be one of"):
			code = collaboration.CodeInvalidChoice
		case strings.HasPrefix(d.Message, "expected length <="):
			code = collaboration.CodeTooLong
		}
		fields = append(fields, collaboration.FieldError{Field: name, Code: code})
	}
	return mergeFields(fields)
}

// mergeFields keeps the first error of each field.
func mergeFields(lists ...[]collaboration.FieldError) []collaboration.FieldError {
	var merged []collaboration.FieldError
	for _, f := range slices.Concat(lists...) {
		if !slices.ContainsFunc(merged, func(m collaboration.FieldError) bool { return m.Field == f.Field }) {
			merged = append(merged, f)
		}
	}
	return merged
}

func activationPath(id collaboration.ActivationID) string {
	return fmt.Sprintf("/v1/activations/%s", id)
}
