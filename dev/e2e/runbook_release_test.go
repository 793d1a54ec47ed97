package e2e_test

import "countersign/collaboration"

// work runs another worker, of a build.
func (r *rehearsal) work(build string) *process {
	r.t.Helper()
	worker := r.site.process("worker")
	worker.environment = append(append(worker.environment, r.site.workers[0].environment...), "COUNTERSIGN_BUILD="+build)
	worker.admin = worker.serve("COUNTERSIGN_ADMIN_LISTEN")
	r.t.Cleanup(worker.clear)
	worker.start()
	return worker
}

// The site's own workers name no build, and have every run again in the end.
// What becomes of runs that a build has changed, TestAReleaseAndTheWayBack shows.
func aBuildIsReleased(r *rehearsal) {
	const release, back = "countersign release", "countersign release --build OLD"
	waits, _ := r.invite()
	r.settings = []string{"COUNTERSIGN_BUILD=1.0.0"}
	old := r.work("1.0.0")
	r.see("`no worker of 1.1.0 polls")
	r.wants("1.0.0 is released", release) // by its worker, or by this
	r.see("nothing moves, and workers poll")
	r.wants("worker ok polls every queue (build 1.0.0)", "countersign check api")
	r.wants("1.0.0 is released already.", release)
	r.invite()

	r.settings = []string{"COUNTERSIGN_BUILD=1.1.0"}
	r.work("1.1.0")
	r.see("A release, and the way back")
	r.wants("1.1.0 takes over 10 % of all runs, 1.0.0 has the others.", "countersign release --percent 10")
	r.wants("1.1.0 is released. Before, it was 1.0.0, and 1.1.0 for 10 % of all runs.", release)
	r.invite()
	r.wants("1.0.0 is released. Before, it was 1.1.0.", back, "OLD", "1.0.0")
	r.see("WorkflowNotDeterministic")
	r.wants("1.0.0 is released already.", back, "OLD", "1.0.0")
	r.awaits("No run is concerned.", "countersign ops stuck")
	r.see("after going back, `ops stuck`")
	r.wants("done ", "countersign ops reset ID --from-start --yes", "ID", string(waits))
	r.await(waits, collaboration.AwaitingApproval)
	r.awaits("No run is concerned.", "countersign ops stuck")

	r.see("A release, and the way back")
	r.wants("no build is released. Before, it was 1.0.0.", "countersign release --unversioned")
	old.stop(workerStops)
	r.invite()
}
