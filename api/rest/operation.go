package rest

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"countersign/api/i18n"
	"countersign/api/problem"
	"countersign/collaboration"
)

// operation documents one route in the OpenAPI description.
type operation struct {
	id, tag, summary, text string
	status                 int                  // of success; 200 unless set
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

// authentication are the error codes that come first.
var authentication = []collaboration.Code{
	collaboration.CodeUnauthenticated, collaboration.CodeTokenInvalid, collaboration.CodeTokenExpired,
	collaboration.CodeTokenAudience, collaboration.CodeEmailNotVerified, collaboration.CodeForbidden,
}

func (op operation) allCodes() []collaboration.Code {
	codes := slices.Concat(authentication, op.codes, usual)
	if op.consumes != "" {
		codes = append(codes, collaboration.CodeUnsupportedMediaType, collaboration.CodeBodyTooLarge, collaboration.CodeMalformedRequest)
	}
	return codes
}

func (op operation) describe(registry huma.Registry, method, path string) huma.Operation {
	o := huma.Operation{
		OperationID: op.id, Method: method, Path: path, Summary: op.summary, Description: op.text, Tags: []string{op.tag},
		DefaultStatus: op.status, Security: []map[string][]string{{"token": {}}}, SkipValidateBody: true, Responses: map[string]*huma.Response{},
		Extensions: map[string]any{"x-problem-codes": op.allCodes()},
	}
	if op.consumes != "" {
		// huma rejects a body of exactly its limit.
		o.RequestBody, o.MaxBodyBytes = &huma.RequestBody{Content: map[string]*huma.MediaType{}}, max(op.maxBody, maxBody)+1
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
