// Package clock fast-forwards a run on the embedded engine, so that a year
// takes a second: the real server, the real history, no mocks.
//
//	clock.FastForward(ctx, c, workflowID, 365*24*time.Hour)
package clock
