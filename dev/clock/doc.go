// Package clock fast-forwards a workflow on the embedded Temporal, so that a year
// takes a second. It uses the real server and real histories, without mocks.
//
//	clock.Workflow{Client: c, Namespace: "default", ID: id}.FastForward(ctx, 365*24*time.Hour)
//
// Properties of Temporal's time skipping:
//
//   - Time jumps from timer to timer while the workflow is idle. A normal or local
//     activity takes its real time. Without a worker, time does not jump, and the
//     fast-forward continues when a worker returns, even after its caller has left.
//   - The interval before an activity's retry is skipped like a timer.
//   - The execution after a continue-as-new has the clock of the one before, and an
//     unfinished fast-forward continues in it. It also continues after a restart of
//     the server.
//   - Only workflow.Now is skipped. Activities, the database, links and new workflows
//     use the real time, even a new workflow with the ID of a closed one.
//   - A second concurrent fast-forward replaces the first. One after the other is
//     supported.
//   - Afterwards the workflow's clock stays ahead and has its normal speed.
//   - The server reports a wrong start time of a continued execution: it adds the
//     skipped time twice. The times of its events and workflow.Now are correct.
//   - Every skipped timer takes about a second, because the server delays timers by
//     history.timerProcessorMaxTimeShift. With 10 ms, it lost some skipped timers.
//   - The server stops after 200 jumps with an error, which detects endless loops.
package clock
