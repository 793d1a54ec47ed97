// Package platform speaks with the system where solutions, administrators and
// access live, where that is not our own database: five operations over HTTP,
// described in docs/platform.md. Client calls them; Handler serves them on top
// of anything that can do them, as a reference and for tests. One suite holds
// our own platform and one behind HTTP to the same rules.
package platform
