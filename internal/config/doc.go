// Package config reads and validates the settings of a role, and reports all problems
// at once. Settings come from the environment, from the file in COUNTERSIGN_CONFIG, and
// secrets also from the files in NAME_FILE. Temporal's TEMPORAL_* and OpenTelemetry's
// OTEL_* variables have their usual meaning.
package config
