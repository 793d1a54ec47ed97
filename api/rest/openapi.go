package rest

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"countersign/api/present"
	"countersign/api/problem"
	"countersign/collaboration"
)

// Version is the version of the HTTP API.
const Version = "1.0.0"

func description() huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	registerEnums(registry)
	describeDomain(registry)
	describeCodes(registry)
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Countersign", Version: Version, Description: introduction},
			Tags:    tags,
			Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{
				"token": {Type: "http", Scheme: "bearer", Description: "An access token of the OpenID provider, an API key of the office, or a token from the settings."},
			}},
		},
		Formats:       map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat},
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
		{reflect.TypeFor[present.Administrator](), contactDocs},
	} {
		s := registry.Schema(of.t, false, "")
		for name, doc := range of.fields {
			p := s.Properties[name]
			p.Description, p.Format = doc.text, doc.format
			if doc.choices != nil {
				p.Enum = doc.choices
			}
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

// jsonFormat encodes a response before it writes the first byte. A response that cannot
// be encoded is a panic, which the recovery middleware answers with 500: the status of
// the response is already set, but not sent.
var jsonFormat = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		var encoded bytes.Buffer
		if err := huma.DefaultJSONFormat.Marshal(&encoded, v); err != nil {
			panic(fmt.Errorf("the response cannot be encoded: %w", err))
		}
		_, err := w.Write(encoded.Bytes())
		return err
	},
	Unmarshal: huma.DefaultJSONFormat.Unmarshal,
}
