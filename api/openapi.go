package api

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"countersign/api/i18n"
	"countersign/api/problem"
	"countersign/api/request"
	"countersign/collaboration"
)

// Version is the version of the HTTP API.
const Version = "1.0.0"

type handler[I, O any] func(context.Context, *I) (*O, error)

func (h handler[I, O]) orProblem(ctx context.Context, in *I) (*O, error) {
	out, err := h(ctx, in)
	if err != nil {
		return nil, problem.Report(ctx, err)
	}
	return out, nil
}

// operation documents one route in the OpenAPI description.
type operation struct {
	id, tag, summary, text string
	status                 int // of success; 200 unless set
	who                    request.AccessLevel
	codes                  []collaboration.Code // error codes beside the usual ones
	consumes               string
	body                   any // a value of the JSON body's type
	example                any
	maxBody                int64
	stream                 bool
	also                   map[int]string // other success statuses
}

// usual are the error codes of every operation.
var usual = []collaboration.Code{collaboration.CodeRateLimited, collaboration.CodeUnavailable, collaboration.CodeInternal}

func (op operation) allCodes() []collaboration.Code {
	codes := slices.Concat(op.codes, usual)
	if op.who != request.AccessPublic {
		codes = append([]collaboration.Code{collaboration.CodeUnauthenticated, collaboration.CodeForbidden}, codes...)
	}
	if op.consumes != "" {
		codes = append(codes, collaboration.CodeUnsupportedMediaType, collaboration.CodeBodyTooLarge, collaboration.CodeMalformedRequest)
	}
	return codes
}

func (op operation) describe(registry huma.Registry, method, path string) huma.Operation {
	o := huma.Operation{
		OperationID: op.id, Method: method, Path: path, Summary: op.summary, Description: op.text, Tags: []string{op.tag},
		DefaultStatus: op.status, SkipValidateBody: true, Responses: map[string]*huma.Response{},
		Extensions: map[string]any{"x-problem-codes": op.allCodes()},
	}
	if op.who != request.AccessPublic {
		o.Security = []map[string][]string{{"token": {}}}
	}
	if op.consumes != "" {
		// huma rejects a body of exactly its limit.
		o.RequestBody, o.MaxBodyBytes = &huma.RequestBody{Content: map[string]*huma.MediaType{}}, max(op.maxBody, maxBody)+1
		o.BodyReadTimeout = readTimeout
	}
	if op.stream {
		o.Responses["200"] = &huma.Response{Description: "A stream of server-sent events", Content: map[string]*huma.MediaType{
			"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}, Example: op.example}}}
	}
	for status, text := range op.also {
		o.Responses[strconv.Itoa(status)] = &huma.Response{Description: text}
	}
	op.describeProblems(registry, o.Responses)
	return o
}

// describeProblems lists the error codes under their status.
func (op operation) describeProblems(registry huma.Registry, responses map[string]*huma.Response) {
	schema := registry.Schema(reflect.TypeFor[problem.Problem](), true, "Problem")
	for _, code := range op.allCodes() {
		status := strconv.Itoa(problem.Status(code))
		r, ok := responses[status]
		if !ok || r.Content["application/problem+json"] == nil {
			r = &huma.Response{Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}}
			responses[status] = r
		}
		line := fmt.Sprintf("`%s`: %s", code, i18n.CodeText(collaboration.English, code))
		r.Description = strings.TrimPrefix(r.Description+"\n\n"+line, "\n\n")
	}
}

// describeBody adds the schema of a raw JSON body, which huma describes as bytes only.
func (op operation) describeBody(registry huma.Registry, body *huma.RequestBody) {
	if op.body == nil {
		return
	}
	body.Required = true
	body.Content["application/json"] = &huma.MediaType{Schema: registry.Schema(reflect.TypeOf(op.body), true, ""), Example: op.example}
}

// shapeOf returns the decoder of a JSON body of type T.
func shapeOf[T any](s *Server) shape {
	registry := s.api.OpenAPI().Components.Schemas
	return shape{registry: registry, schema: registry.Schema(reflect.TypeFor[T](), true, "")}
}

func (s *Server) description() huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	describeDomain(registry)
	describeCodes(registry)
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Countersign", Version: Version, Description: introduction},
			Tags:    tags,
			Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{
				"token": {Type: "http", Scheme: "bearer", Description: "An access token of the OpenID provider, or a token from the settings."},
			}},
		},
		Formats:       huma.DefaultFormats,
		DefaultFormat: "application/json",
		// A misspelt filter must be an error, not an unfiltered list.
		RejectUnknownQueryParameters: true,
	}
}

func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if name == "Request" {
		return "ActivationRequest"
	}
	return strings.ReplaceAll(name, "View", "")
}

// schemaDoc describes a field of a domain type. Domain types have no doc tags.
type schemaDoc struct {
	text    string
	example any
	choices []any
	format  string
}

func describeDomain(registry huma.Registry) {
	for _, of := range []struct {
		t      reflect.Type
		fields map[string]schemaDoc
	}{
		{reflect.TypeFor[collaboration.Request](), requestDocs},
		{reflect.TypeFor[collaboration.Period](), periodDocs},
		{reflect.TypeFor[collaboration.Contact](), contactDocs},
	} {
		s := registry.Schema(of.t, false, "")
		for name, doc := range of.fields {
			p := s.Properties[name]
			p.Description, p.Enum, p.Format = doc.text, doc.choices, doc.format
			if doc.example != nil {
				p.Examples = []any{doc.example}
			}
			p.PrecomputeMessages()
		}
		s.PrecomputeMessages()
	}
}

// describeCodes lists every error code as an enum, for generated clients.
func describeCodes(registry huma.Registry) {
	code := registry.Schema(reflect.TypeFor[problem.Problem](), false, "").Properties["code"]
	for _, c := range collaboration.Codes() {
		code.Enum = append(code.Enum, string(c))
	}
}
