package servertest

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	"countersign/internal/eventually"
)

// Collector records traces that it receives by OTLP over HTTP.
type Collector struct {
	URL string

	mu       sync.Mutex
	requests []http.Header
	spans    []Span
}

// Span is a received span and its service.
type Span struct {
	*tracepb.Span
	Service string
}

// NewCollector starts a collector until the end of the test.
func NewCollector(t testing.TB) *Collector {
	c := &Collector{}
	server := httptest.NewServer(http.HandlerFunc(c.receive))
	t.Cleanup(server.Close)
	c.URL = server.URL
	return c
}

func (c *Collector) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var sent coltracepb.ExportTraceServiceRequest
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &sent) != nil {
		http.Error(w, "invalid traces", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, r.Header)
	for _, from := range sent.ResourceSpans {
		service := ""
		for _, a := range from.Resource.Attributes {
			if a.Key == "service.name" {
				service = a.Value.GetStringValue()
			}
		}
		for _, scope := range from.ScopeSpans {
			for _, s := range scope.Spans {
				c.spans = append(c.spans, Span{s, service})
			}
		}
	}
}

// Requests returns the headers of all requests.
func (c *Collector) Requests() []http.Header {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]http.Header(nil), c.requests...)
}

// Spans returns all received spans.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Span(nil), c.spans...)
}

// Await waits for a span with a name.
func (c *Collector) Await(t testing.TB, name string) Span {
	t.Helper()
	var found Span
	eventually.True(t, "the collector has the span "+name, func() bool {
		all := c.Spans()
		at := slices.IndexFunc(all, func(s Span) bool { return s.Name == name })
		if at >= 0 {
			found = all[at]
		}
		return at >= 0
	})
	return found
}

// Attribute returns an attribute as text, or "".
func (s Span) Attribute(name string) string {
	for _, a := range s.Attributes {
		if a.Key == name {
			if text := a.Value.GetStringValue(); text != "" {
				return text
			}
			return a.Value.String()
		}
	}
	return ""
}

// Hex returns the usual text of a trace's or a span's ID.
func Hex(id []byte) string { return hex.EncodeToString(id) }

// WantNoPersonalData checks that a span contains none of some words, in any case. It ignores
// IDs, whose random letters may spell a name.
func WantNoPersonalData(t testing.TB, s Span, words ...string) {
	t.Helper()
	said := &tracepb.Span{Name: s.Name, Events: s.Events, Status: s.Status}
	for _, a := range s.Attributes {
		switch a.Key {
		case "temporalWorkflowID", "temporalRunID", "countersign.activation":
		default:
			said.Attributes = append(said.Attributes, a)
		}
	}
	text := strings.ToLower(prototext.Format(said))
	for _, word := range words {
		if strings.Contains(text, strings.ToLower(word)) {
			t.Errorf("%q is in %s", word, text)
		}
	}
}
