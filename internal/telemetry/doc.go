// Package telemetry sets up metrics, traces and logs. OpenTelemetry's metrics are served for
// Prometheus with those of the process and the database pools. Traces are sent to an OTLP
// collector, if one is configured. None of them contains personal data: only IDs, states,
// codes and counts.
package telemetry
