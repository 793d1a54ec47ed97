// Package platformtest is a reference server of docs/platform.md, for tests.
package platformtest
