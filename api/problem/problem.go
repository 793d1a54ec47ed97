package problem

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"countersign/api/i18n"
	"countersign/api/request"
	"countersign/collaboration"
)

// Problem is an RFC 9457 problem. Every error response of the API has this shape.
type Problem struct {
	Type     string             `json:"type" example:"urn:countersign:problem:invalid_request" doc:"Identifies the kind of problem: urn:countersign:problem: and the code."`
	Title    string             `json:"title" example:"Some of the details need to be corrected." doc:"Text for people, in the language of Accept-Language (sv or en)."`
	Status   int                `json:"status" example:"422" doc:"The HTTP status."`
	Code     collaboration.Code `json:"code" example:"invalid_request" doc:"Stable. Branch on this, never on texts."`
	Instance string             `json:"instance,omitempty" example:"urn:countersign:request:R4QXW6ZT5NQ2" doc:"The request's id, as in X-Request-Id. Quote it when you contact support."`
	Errors   []FieldProblem     `json:"errors,omitempty" doc:"All invalid fields."`
	// Activation is the conflicting activation.
	Activation collaboration.ActivationID `json:"activation,omitempty" doc:"The conflicting activation; its URL is in the Location header."`
	Rows       []RowProblem               `json:"rows,omitempty" doc:"All invalid lines of an imported file."`
	Decision   *Decision                  `json:"decision,omitempty" doc:"The recorded decision, if another answer came first."`

	headers http.Header
}

// FieldProblem is one invalid field.
type FieldProblem struct {
	Field   string             `json:"field" example:"contact.email" doc:"The field's path, with dots."`
	Code    collaboration.Code `json:"code" example:"invalid_format"`
	Message string             `json:"message" example:"This is not in the right format."`
}

// RowProblem is one invalid line of a file.
type RowProblem struct {
	Line    int                `json:"line" example:"17" doc:"Counted from 1, the header line included."`
	Field   string             `json:"field,omitempty" example:"organisation_number" doc:"The column."`
	Code    collaboration.Code `json:"code" example:"invalid_format"`
	Message string             `json:"message" example:"This is not in the right format."`
}

// Problem implements the error interfaces of huma, so that a handler can return it.

func (p *Problem) Error() string             { return string(p.Code) }
func (p *Problem) GetStatus() int            { return p.Status }
func (p *Problem) GetHeaders() http.Header   { return p.headers }
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// New converts err to a problem in the language of the request.
func New(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	e, info := DomainError(err), request.From(ctx)
	p = &Problem{
		Type: "urn:countersign:problem:" + string(e.Code), Title: i18n.CodeText(info.Locale, e.Code), Status: Status(e.Code), Code: e.Code,
		Activation: e.Activation, Decision: NewDecision(e.Decision), headers: headers(e),
	}
	if len(e.Rows) > 0 {
		p.Rows = Rows(e.Rows, info.Locale)
	}
	if info.ID != "" {
		p.Instance = "urn:countersign:request:" + info.ID
	}
	for _, f := range e.Fields {
		message := i18n.CodeText(info.Locale, f.Code)
		if f.Choices != "" {
			message = strings.TrimSuffix(message, ".") + ": " + f.Choices + "."
		}
		p.Errors = append(p.Errors, FieldProblem{Field: f.Field, Code: f.Code, Message: message})
	}
	return p
}

// Report is New for the error that answers the request: it also stores code and
// cause for the access log.
func Report(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) { // reported already
		return p
	}
	p = New(ctx, err)
	info := request.From(ctx)
	info.Code, info.Cause = p.Code, err
	return p
}

// Write answers a request with the problem of err and reports it.
func Write(w http.ResponseWriter, r *http.Request, err error) {
	p := Report(r.Context(), err)
	p.CopyHeaders(w.Header())
	w.Header().Set("Content-Type", p.ContentType(""))
	body, _ := json.Marshal(p) // strings and numbers only: marshalling cannot fail
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // a client that disconnected needs no response
}

// CopyHeaders sets the problem's headers, such as Location and Retry-After.
func (p *Problem) CopyHeaders(h http.Header) {
	for name, values := range p.headers {
		h[name] = values
	}
}

// Rows converts the invalid lines of a file.
func Rows(rows []collaboration.RowError, l collaboration.Locale) []RowProblem {
	problems := []RowProblem{}
	for _, r := range rows {
		problems = append(problems, RowProblem{Line: r.Line, Field: r.Field, Code: r.Code, Message: i18n.CodeText(l, r.Code)})
	}
	return problems
}

func headers(e *collaboration.Error) http.Header {
	h := http.Header{}
	if e.Activation != "" {
		h.Set("Location", "/v1/activations/"+string(e.Activation))
	}
	switch {
	case e.Code == collaboration.CodeUnauthenticated:
		h.Set("WWW-Authenticate", `Bearer realm="countersign"`)
	case Status(e.Code) == http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="countersign", error="invalid_token"`) // RFC 6750
	}
	if wait := max(e.RetryAfter, time.Second); e.Code.Retryable() && Status(e.Code) != http.StatusInternalServerError {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	return h
}
