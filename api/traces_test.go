package api_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"countersign/api"
	"countersign/collaboration"
)

// tracer records spans, and also writes them to everythingLogged.
func tracer() (trace.Tracer, *tracetest.SpanRecorder) {
	kept := tracetest.NewSpanRecorder()
	return sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(alsoLogged{kept})).Tracer("test"), kept
}

type alsoLogged struct{ *tracetest.SpanRecorder }

func (l alsoLogged) OnEnd(s sdktrace.ReadOnlySpan) {
	l.SpanRecorder.OnEnd(s)
	fmt.Fprintln(everythingLogged, told(s))
}

// told returns the content of a span, without its IDs.
func told(s sdktrace.ReadOnlySpan) string {
	said := []string{"span", s.Name(), s.Status().Description}
	for _, a := range s.Attributes() {
		said = append(said, string(a.Key)+"="+a.Value.String())
	}
	for _, e := range s.Events() {
		said = append(said, fmt.Sprint(e.Name, e.Attributes))
	}
	return strings.Join(said, " ")
}

// Spans are named after the pattern of the route, and have the error code as an attribute.
// No span contains input of a caller.
func TestTraces_NameRoutes(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var all *tracetest.SpanRecorder
	w.deps = func(d *api.Config) { d.Tracer, all = tracer() }
	s := w.server(t)
	id := string(w.with("c-platform", collaboration.AwaitingApproval))
	const theirs = "0af7651916cd43dd8448eb211c80319c"
	get("/v1/activations/"+id, "nils", "Traceparent", "00-"+theirs+"-b7ad6b7169203331-01", "Tracestate", "who=linda", "Baggage", "who=linda").send(s)
	get("/v1/customers?q=linda", "nils").send(s)
	get("/v1/activations/"+id, "").send(s)
	get("/approve/"+id+".1", "").send(s)
	get("/nothing/linda", "").send(s)
	get("/readyz", "").send(s)
	post("/v1/activations", "nils", goodNew).send(s)
	w.onStart = func(collaboration.Order) error { panic("linda@har.example") }
	post("/v1/activations", "nils", goodNew).send(s)
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("LINDA", "/v1/activations", nil))

	spans := all.Ended()
	if len(spans) != 8 {
		t.Fatalf("%d spans", len(spans))
	}
	var started string
	for n, want := range []string{
		"span GET /v1/activations/:id  http.request.method=GET http.route=/v1/activations/:id http.response.status_code=200 countersign.activation=" + id,
		"span GET /v1/customers  http.request.method=GET http.route=/v1/customers http.response.status_code=200",
		"span GET /v1/activations/:id  http.request.method=GET http.route=/v1/activations/:id http.response.status_code=401 countersign.activation=" + id + " error.type=unauthenticated",
		"span GET /approve/:link  http.request.method=GET http.route=/approve/:link http.response.status_code=200",
		"span GET none  http.request.method=GET http.route=none http.response.status_code=404 error.type=not_found",
		"span POST /v1/activations  http.request.method=POST http.route=/v1/activations http.response.status_code=202 countersign.activation=*",
		"span POST /v1/activations  http.request.method=POST http.route=/v1/activations http.response.status_code=500 countersign.activation=* error.type=internal",
		"span _OTHER none  http.request.method=_OTHER http.route=none http.response.status_code=405 error.type=method_not_allowed",
	} {
		got := told(spans[n])
		if before, _, any := strings.Cut(want, "*"); any {
			started = strings.Fields(strings.TrimPrefix(got, before))[0]
			want = strings.Replace(want, "*", started, 1)
		}
		if got != want {
			t.Errorf("span %d: %s\nwant    %s", n, got, want)
		}
		if failed := spans[n].Status().Code == codes.Error; failed != strings.Contains(want, "status_code=5") {
			t.Errorf("%s: %v", want, spans[n].Status())
		}
	}
	if _, err := collaboration.ParseActivationID(started); err != nil {
		t.Errorf("the activation that was started: %q", started)
	}
	if c := spans[0].SpanContext(); c.TraceID().String() != theirs || c.TraceState().Len() != 0 {
		t.Errorf("the caller's trace: %v", c)
	}
	if log := w.logged.String(); !strings.Contains(log, "trace_id="+theirs) {
		t.Errorf("no trace_id in %s", log)
	}
}
