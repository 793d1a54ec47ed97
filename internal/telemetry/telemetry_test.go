package telemetry_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/internal/telemetry"
)

func TestWhatIsCountedIsServed(t *testing.T) {
	tel, err := telemetry.New()
	if err != nil {
		t.Fatal(err)
	}
	defer tel.Shutdown(context.Background())
	counter, err := tel.Meter("test").Int64Counter("countersign.test.things")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(context.Background(), 3)
	tel.Engine().Counter("temporal_requests").Inc(2)
	tel.Engine().Timer("temporal_latency").Record(20 * time.Millisecond)

	rec := httptest.NewRecorder()
	tel.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	body := rec.Body.String()
	for _, want := range []string{
		"countersign_test_things_total{", "} 3\n", "# TYPE temporal_requests_total counter", "temporal_latency_seconds_bucket", `le="0.025"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing in\n%s", want, body)
		}
	}
}
