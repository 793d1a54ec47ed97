// Package runbook reads RUNBOOK.md for the tests that rehearse it: its tables,
// and every command with the place that it is at.
package runbook
