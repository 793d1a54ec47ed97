// Package bench measures: an activation and a decision against the usual way of
// writing such a workflow and against what the engine costs by itself, all in
// interleaved rounds on one machine.
package bench
