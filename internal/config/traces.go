package config

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const openTelemetryPrefix = "OTEL_"

// OpenTelemetry returns all OTEL_* variables for OpenTelemetry's libraries, or nil if they
// enable no traces.
func (c Config) OpenTelemetry() map[string]string {
	if c.collector() == "" || strings.EqualFold(c.otel["OTEL_SDK_DISABLED"], "true") || c.otel["OTEL_TRACES_EXPORTER"] == "none" {
		return nil
	}
	return c.otel
}

func (c Config) collector() string {
	return cmp.Or(c.otel["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"], c.otel["OTEL_EXPORTER_OTLP_ENDPOINT"])
}

// samplers are the supported samplers: those that need no further settings.
var samplers = []string{"", "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"}

// validateTraces rejects settings that the libraries would ignore or log with their
// values.
func (c Config) validateTraces(p *problems) {
	if c.OpenTelemetry() == nil {
		return
	}
	for _, part := range []string{"OTEL_EXPORTER_OTLP_", "OTEL_EXPORTER_OTLP_TRACES_"} {
		if v := c.otel[part+"ENDPOINT"]; v != "" && webURL(v) != "" {
			p.addVariable(part+"ENDPOINT", "must be an address such as http://collector.example:4318")
		}
		if v := c.otel[part+"PROTOCOL"]; v != "" && v != "http/protobuf" {
			p.addVariable(part+"PROTOCOL", "must be http/protobuf or unset")
		}
		if !isPairs(c.otel[part+"HEADERS"]) {
			p.addVariable(part+"HEADERS", "must be NAME=VALUE,NAME=VALUE, the values as in a URL")
		}
	}
	if !isPairs(c.otel["OTEL_RESOURCE_ATTRIBUTES"]) {
		p.addVariable("OTEL_RESOURCE_ATTRIBUTES", "must be NAME=VALUE,NAME=VALUE, the values as in a URL")
	}
	if !slices.Contains(samplers, c.otel["OTEL_TRACES_SAMPLER"]) {
		p.addVariable("OTEL_TRACES_SAMPLER", "must be one of"+strings.Join(samplers, " "))
	}
	if share, err := strconv.ParseFloat(cmp.Or(c.otel["OTEL_TRACES_SAMPLER_ARG"], "1"), 64); err != nil || share < 0 || share > 1 {
		p.addVariable("OTEL_TRACES_SAMPLER_ARG", "must be from 0 to 1")
	}
}

// isPairs reports whether s is empty or a list of NAME=VALUE.
func isPairs(s string) bool {
	for pair := range strings.SplitSeq(s, ",") {
		name, value, ok := strings.Cut(pair, "=")
		if _, err := url.PathUnescape(value); s != "" && (!ok || err != nil || strings.TrimSpace(name) == "") {
			return false
		}
	}
	return true
}
