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

// Measured returns a sender that measures and traces each Send, by result: ok, or the
// error code.
func Measured(sender Sender, meter metric.Meter) (Sender, error) {
	duration, err := meter.Float64Histogram("countersign.mail.hand_over.duration",
		metric.WithUnit("s"), metric.WithDescription("Sending a mail to the provider, by result: ok, or an error code."))
	return measuredSender{sender, duration}, err
}

type measuredSender struct {
	sender   Sender
	duration metric.Float64Histogram
}

// Send calls the sender's Send.
func (m measuredSender) Send(ctx context.Context, message Message) (providerID string, err error) {
	start := time.Now()
	ctx, done := telemetry.Call(ctx, "send mail")
	providerID, err = m.sender.Send(ctx, message)
	done(err)
	result := cmp.Or(string(collaboration.CodeOf(err)), "ok")
	m.duration.Record(context.WithoutCancel(ctx), time.Since(start).Seconds(), metric.WithAttributes(attribute.String("result", result)))
	return providerID, err
}
