package config_test

import (
	"testing"

	"countersign/internal/config"
)

func withTraces(pairs ...string) map[string]string {
	environment := validSettings()
	for n := 0; n < len(pairs); n += 2 {
		environment[pairs[n]] = pairs[n+1]
	}
	return environment
}

const endpoint, collector = "OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example:4318"

func TestOpenTelemetry_EnablesTraces(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		environment map[string]string
		enabled     bool
	}{
		"nothing":              {validSettings(), false},
		"no collector":         {withTraces("OTEL_SERVICE_NAME", "ours", endpoint, ""), false},
		"collector":            {withTraces(endpoint, collector), true},
		"collector of traces":  {withTraces("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector), true},
		"disabled":             {withTraces(endpoint, collector, "OTEL_SDK_DISABLED", "True"), false},
		"metrics only":         {withTraces(endpoint, collector, "OTEL_TRACES_EXPORTER", "none"), false},
		"invalid but disabled": {withTraces(endpoint, "nowhere", "OTEL_SDK_DISABLED", "true"), false},
		"in the settings file": {withTraces(config.File, file(t, endpoint+"="+collector)), true},
	} {
		c, err := config.Load(config.Worker, tt.environment)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if enabled := c.OpenTelemetry() != nil; enabled != tt.enabled {
			t.Errorf("%s: enabled %t", name, enabled)
		}
	}
}

func TestLoad_InvalidTraceSettings(t *testing.T) {
	t.Parallel()
	wantProblems(t, withTraces(endpoint, "s3cret", "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "OTEL_EXPORTER_OTLP_HEADERS", "s3cret",
		"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "ok=a%20b,=s3cret", "OTEL_RESOURCE_ATTRIBUTES", "a=%s3", "OTEL_TRACES_SAMPLER", "some", "OTEL_TRACES_SAMPLER_ARG", "10%"),
		"OTEL_EXPORTER_OTLP_ENDPOINT must be an address such as http://collector.example:4318",
		"OTEL_EXPORTER_OTLP_HEADERS must be NAME=VALUE,NAME=VALUE, the values as in a URL",
		"OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf or unset",
		"OTEL_EXPORTER_OTLP_TRACES_HEADERS must be NAME=VALUE,NAME=VALUE, the values as in a URL",
		"OTEL_RESOURCE_ATTRIBUTES must be NAME=VALUE,NAME=VALUE, the values as in a URL",
		"OTEL_TRACES_SAMPLER must be one of always_on always_off traceidratio parentbased_always_on parentbased_always_off parentbased_traceidratio",
		"OTEL_TRACES_SAMPLER_ARG must be from 0 to 1",
	)
	if _, err := config.Load(config.Migrate, withTraces(endpoint, "nowhere")); err != nil {
		t.Errorf("a migration is not traced: %v", err)
	}
}
