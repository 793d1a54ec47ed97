// Package durability tests on a real Temporal server that no command is lost and no
// effect happens twice: Signals that meet timers and restarts, thousands of commands to
// one execution, workers that crash after each commit. It also records the histories that
// package workflows replays.
package durability
