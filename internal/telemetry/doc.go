// Package telemetry sets up what operators read: metrics through
// OpenTelemetry, served for Prometheus beside those of the process and its
// database; traces, sent to a collector where one is named; and structured
// logs. None carries personal data: only ids, states, codes and counts.
package telemetry
