package api_test

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"testing"

	"countersign/internal/identity"

	otelattribute "go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"countersign/api"
	"countersign/collaboration"
)

// Requests are counted by the pattern of the route. No metric contains input of a caller.
func TestMetrics_CountRequestsByRoute(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	w := newWorld()
	w.deps = func(d *api.Config) {
		d.Meter = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")
		d.Sessions = identity.NewSessions(nil, "")
		d.Sessions.Store = brokenStore{}
	}
	s := w.server(t)
	id := string(w.with("c-platform", collaboration.AwaitingApproval))
	get("/v1/activations/"+id, "nils").send(s)
	get("/v1/activations/"+id, "nils").send(s)
	get("/v1/activations/"+id, "").send(s)
	get("/nothing/"+id, "").send(s)
	w.fail["Start"] = collaboration.Errorf(collaboration.CodeUnavailable, "engine is away")
	post("/v1/activations", "nils", goodNew).send(s)
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("BREW", "/v1/activations", nil))
	page := httptest.NewRequest("GET", "/customers", nil)
	page.Header.Set("Cookie", "countersign=something")
	s.ServeHTTP(httptest.NewRecorder(), page)

	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, m := range all.ScopeMetrics[0].Metrics {
		switch data := m.Data.(type) {
		case metricdata.Histogram[float64]:
			for _, p := range data.DataPoints {
				got[m.Name+" "+p.Attributes.Encoded(otelattribute.DefaultEncoder())] = p.Count
			}
		case metricdata.Sum[int64]:
			got[m.Name] = uint64(data.DataPoints[0].Value)
		}
	}
	want := map[string]uint64{"countersign.session.errors": 1}
	for _, r := range []struct {
		method, route string
		status        int
		count         uint64
	}{
		{"GET", "/v1/activations/:id", 200, 2}, {"GET", "/v1/activations/:id", 401, 1}, {"GET", "none", 404, 1},
		{"POST", "/v1/activations", 503, 1}, {"_OTHER", "none", 405, 1}, {"GET", "/customers", 503, 1},
	} {
		want[fmt.Sprintf("http.server.request.duration http.request.method=%s,http.response.status_code=%d,http.route=%s", r.method, r.status, r.route)] = r.count
	}
	if !maps.Equal(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
}
