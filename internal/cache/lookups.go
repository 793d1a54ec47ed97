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
type lookups struct{ counter metric.Int64Counter }

func newLookups(meter metric.Meter) lookups {
	counter, err := meter.Int64Counter("countersign.customer_cache.lookups",
		metric.WithUnit("{lookup}"), metric.WithDescription("Customer lookups in Redis, by result: hit, miss, negative_hit, error."))
	if err != nil { // counting must not stop the lookups
		counter = noop.Int64Counter{}
	}
	return lookups{counter}
}

func (l lookups) count(ctx context.Context, r result) {
	l.counter.Add(ctx, 1, metric.WithAttributes(attribute.String("result", string(r))))
}
