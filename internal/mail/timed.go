package mail

import (
	"cmp"
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"countersign/collaboration"
	"countersign/internal/telemetry"
)

// Timed is a sender whose hand-overs are timed and traced, by result: ok, or the
// code of what went wrong.
func Timed(sender Sender, meter metric.Meter) (Sender, error) {
	took, err := meter.Float64Histogram("countersign.mail.hand_over.duration",
		metric.WithUnit("s"), metric.WithDescription("Handing a mail over to the provider, by result: ok, or an error's code."))
	return timed{sender, took}, err
}

type timed struct {
	sender Sender
	took   metric.Float64Histogram
}

// Send sends.
func (t timed) Send(ctx context.Context, m Message) (providerID string, err error) {
	began := time.Now()
	ctx, done := telemetry.Call(ctx, "hand mail over")
	providerID, err = t.sender.Send(ctx, m)
	done(err)
	result := cmp.Or(string(collaboration.CodeOf(err)), "ok")
	t.took.Record(context.WithoutCancel(ctx), time.Since(began).Seconds(), metric.WithAttributes(attribute.String("result", result)))
	return providerID, err
}
