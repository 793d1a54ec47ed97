package telemetry_test

import (
	"context"
	"database/sql"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/metric"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"countersign/internal/telemetry"
)

func TestHandler_ServesMetrics(t *testing.T) {
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
	tel.TemporalMetrics().Counter("temporal_requests").Inc(2)
	tel.TemporalMetrics().Timer("temporal_latency").Record(20 * time.Millisecond)

	waited, err := tel.Meter("test").Float64Histogram("countersign.test"+telemetry.Waited, metric.WithUnit("s"))
	if err != nil {
		t.Fatal(err)
	}
	waited.Record(context.Background(), 3*86400)
	pool, err := sql.Open("sqlite", "file::memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if err := tel.Pool("facts", pool); err != nil {
		t.Fatal(err)
	}

	rec := httptest.NewRecorder()
	tel.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	body := rec.Body.String()
	for _, want := range []string{
		"countersign_test_things_total{", "} 3\n", "# TYPE temporal_requests_total counter", "temporal_latency_seconds_bucket", `le="0.025"`,
		"countersign_test_waited_seconds_bucket", `le="259200"} 1`, `go_sql_in_use_connections{db_name="facts"} 0`, "go_goroutines ", "process_open_fds ",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing in\n%s", want, body)
		}
	}
}
