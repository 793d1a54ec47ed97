// Package eventually waits, in tests, for a result that another goroutine,
// process or server produces:
//
//	eventually.True(t, "the worker polls its queues", func() bool { … })
//	eventually.OK(t, "the mail is delivered", func() error { … })
//	got := eventually.Receive(t, "the report", reports)
//
// Every wait has the same deadline, long enough for a slow and busy machine, so
// that a test fails only when the result never comes. A wait also ends before the
// deadline of the test binary (go test -timeout): the failure then names the
// result that is missing, instead of a dump of all goroutines.
package eventually
