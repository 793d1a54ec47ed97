package cache

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// The results of a lookup in Redis.
var (
	resultHit   = newResult("hit")
	resultMiss  = newResult("miss")
	resultError = newResult("error") // Redis failed, or the circuit is open
)

func newResult(name string) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(attribute.String("result", name)))
}

func newLookupCounter(meter metric.Meter) metric.Int64Counter {
	counter, err := meter.Int64Counter("countersign.customer_cache.lookups",
		metric.WithUnit("{lookup}"), metric.WithDescription("Customer lookups in Redis, by result: hit, miss, error."))
	if err != nil { // a metric that cannot be registered must not fail the lookups
		return noop.Int64Counter{}
	}
	return counter
}
