package endpoint

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

// Operation documents one route in the OpenAPI description.
type Operation struct {
	ID, Tag, Summary, Text string
	Status                 int                  // of success; 200 unless set
	Codes                  []collaboration.Code // error codes beside the usual ones
	Consumes               string               // the media type of the body
	AlsoConsumes           string               // another media type, which Text names: generated clients send one
	Body                   any                  // a value of the JSON body's type
	Example                any
	MaxBody                int64 // the largest body in bytes, if it is above the usual limit
	Stream                 bool
	Also                   map[int]string // other success statuses
}

// usual are the error codes of every operation.
var usual = []collaboration.Code{collaboration.CodeRateLimited, collaboration.CodeUnavailable, collaboration.CodeInternal}

// authentication are the error codes that come first.
var authentication = []collaboration.Code{
	collaboration.CodeUnauthenticated, collaboration.CodeTokenInvalid, collaboration.CodeTokenExpired,
	collaboration.CodeTokenRevoked, collaboration.CodeTokenAudience, collaboration.CodeEmailNotVerified, collaboration.CodeForbidden,
}

func (op Operation) allCodes() []collaboration.Code {
	codes := slices.Concat(authentication, op.Codes, usual)
	if op.Consumes != "" {
		codes = append(codes, collaboration.CodeUnsupportedMediaType, collaboration.CodeBodyTooLarge, collaboration.CodeMalformedRequest)
	}
	return codes
}

func (op Operation) describe(registry huma.Registry, method, path string) huma.Operation {
	o := huma.Operation{
		OperationID: op.ID, Method: method, Path: path, Summary: op.Summary, Description: op.Text, Tags: []string{op.Tag},
		DefaultStatus: op.Status, Security: []map[string][]string{{"token": {}}}, SkipValidateBody: true, Responses: map[string]*huma.Response{},
		Extensions: map[string]any{"x-problem-codes": op.allCodes()},
	}
	if op.Consumes != "" {
		// huma rejects a body of exactly its limit.
		o.RequestBody, o.MaxBodyBytes = &huma.RequestBody{Content: map[string]*huma.MediaType{}}, max(op.MaxBody, maxBody)+1
	}
	if op.Stream {
		o.Responses["200"] = &huma.Response{Description: "A stream of server-sent events", Content: map[string]*huma.MediaType{
			"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}, Example: op.Example}}}
	}
	for status, text := range op.Also {
		o.Responses[strconv.Itoa(status)] = &huma.Response{Description: text}
	}
	op.describeProblems(registry, o.Responses)
	return o
}

// describeProblems lists the error codes under their status.
func (op Operation) describeProblems(registry huma.Registry, responses map[string]*huma.Response) {
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
func (op Operation) describeBody(registry huma.Registry, body *huma.RequestBody) {
	if op.Body == nil {
		return
	}
	body.Required = true
	body.Content["application/json"] = &huma.MediaType{Schema: registry.Schema(reflect.TypeOf(op.Body), true, ""), Example: op.Example}
}
