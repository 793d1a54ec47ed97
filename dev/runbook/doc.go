// Package runbook reads the runbook, which is the folder docs/operate, for the tests
// that rehearse it: its tables, and every command with its place. It skips
// install.md: the commands of an installation need an empty machine.
package runbook
