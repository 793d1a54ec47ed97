package servertest

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
)

// Collector takes traces by OTLP over HTTP, and keeps them.
type Collector struct {
	URL string

	mu       sync.Mutex
	requests []http.Header
	spans    []Span
}

// Span is one that came, and whose it is.
type Span struct {
	*tracepb.Span
	Service string
}

// NewCollector listens until the test ends.
func NewCollector(t testing.TB) *Collector {
	c := &Collector{}
	server := httptest.NewServer(http.HandlerFunc(c.take))
	t.Cleanup(server.Close)
	c.URL = server.URL
	return c
}

func (c *Collector) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var sent coltracepb.ExportTraceServiceRequest
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &sent) != nil {
		http.Error(w, "not traces", http.StatusBadRequest)
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

// Requests are the headers of all requests.
func (c *Collector) Requests() []http.Header {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]http.Header(nil), c.requests...)
}

// Spans are all that came.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Span(nil), c.spans...)
}

// Await waits for a span of that name.
func (c *Collector) Await(t testing.TB, name string) Span {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for _, s := range c.Spans() {
			if s.Name == name {
				return s
			}
		}
	}
	t.Fatalf("no span %q came", name)
	return Span{}
}

// Attribute is what a span has under a name, as text; "" for nothing.
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

// Hex is a trace's or a span's id, as people write it.
func Hex(id []byte) string { return hex.EncodeToString(id) }

// WantNobody looks for words in all that a span says, whatever their case, but
// not in ids: random letters may spell a name.
func WantNobody(t testing.TB, s Span, words ...string) {
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
