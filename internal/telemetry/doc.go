// Package telemetry sets up what operators read: metrics through
// OpenTelemetry, served for Prometheus beside those of the process and its
// database, and structured logs. Neither carries personal data: only ids,
// states, codes and counts.
package telemetry
