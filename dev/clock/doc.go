// Package clock fast-forwards a workflow on the embedded engine, so that a
// year takes a second: the real server, the real history, no mocks.
//
//	clock.FastForward(ctx, c, workflowID, 365*24*time.Hour)
//
// What to know about time that skips:
//
//   - It jumps from timer to timer, and only while nothing is under way: an
//     activity, normal or local, takes the time it really takes, and without
//     a worker time stands still. A fast-forward that nobody waits for any
//     longer goes on when the worker is back.
//   - The wait between two attempts of an activity is on the way as well.
//   - It goes through continue-as-new: the next run has the clock of the one
//     before, and a fast-forward that is not done yet goes on in it. So does a
//     killed engine.
//   - workflow.Now is the clock that moves. Activities, the database and
//     links live in real time, and so does a new workflow, even one with the
//     id of one that has ended.
//   - There can be one after the other; of two at once the later one counts.
//   - Afterwards the clock runs on, ahead, at its normal pace.
//   - The server shows the start of a continued run too far ahead: by what was
//     skipped, twice. Its events, and workflow.Now, have the right time.
//   - Every timer on the way takes about a second: the server holds back timers
//     for that long (history.timerProcessorMaxTimeShift). Set to 10 ms, it
//     lost some that came due by skipping.
//   - After 200 jumps it stops, with an error: something repeats for ever.
package clock
