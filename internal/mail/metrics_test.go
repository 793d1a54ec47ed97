package mail_test

import (
	"context"
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"countersign/collaboration"
	"countersign/internal/mail"
)

type fixedSender struct{ err error }

func (f fixedSender) Send(context.Context, mail.Message) (string, error) { return "id", f.err }

func TestMeasured_CountsByResult(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")
	for _, want := range []error{nil, nil, collaboration.Errorf(collaboration.CodeMailRejected, "mail: no such mailbox asa@bagarn.example")} {
		sender, err := mail.Measured(fixedSender{want}, meter)
		if err != nil {
			t.Fatal(err)
		}
		if id, err := sender.Send(t.Context(), message("x")); id != "id" || err != want {
			t.Errorf("got %q, %v", id, err)
		}
	}
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, point := range all.ScopeMetrics[0].Metrics[0].Data.(metricdata.Histogram[float64]).DataPoints {
		if point.Attributes.Len() != 1 {
			t.Errorf("attributes %v", point.Attributes)
		}
		result, _ := point.Attributes.Value("result")
		got[result.AsString()] = point.Count
	}
	if len(got) != 2 || got["ok"] != 2 || got[string(collaboration.CodeMailRejected)] != 1 {
		t.Errorf("sent %v", got)
	}
}
