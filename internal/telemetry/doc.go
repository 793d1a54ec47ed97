// Package telemetry sets up what operators read: metrics through
// OpenTelemetry, served for Prometheus, and structured logs. Neither carries
// personal data: only ids, states, codes and counts.
package telemetry
