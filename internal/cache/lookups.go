package cache

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// result is how a lookup in Redis went.
type result string

const (
	resultHit      result = "hit"
	resultMiss     result = "miss"
	resultNegative result = "negative_hit" // known not to be there
	resultError    result = "error"        // Redis failed, or is being left alone
)

// lookups counts them.
type lookups struct {
	counter metric.Int64Counter
	of      map[result]metric.MeasurementOption
}

func newLookups(meter metric.Meter) lookups {
	counter, err := meter.Int64Counter("countersign.customer_cache.lookups",
		metric.WithUnit("{lookup}"), metric.WithDescription("Customer lookups in Redis, by result: hit, miss, negative_hit, error."))
	if err != nil { // counting must not stop the lookups
		counter = noop.Int64Counter{}
	}
	l := lookups{counter, map[result]metric.MeasurementOption{}}
	for _, r := range []result{resultHit, resultMiss, resultNegative, resultError} {
		l.of[r] = metric.WithAttributeSet(attribute.NewSet(attribute.String("result", string(r))))
	}
	return l
}

func (l lookups) count(ctx context.Context, r result) {
	l.counter.Add(ctx, 1, l.of[r])
}
