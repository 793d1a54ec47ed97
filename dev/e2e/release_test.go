package e2e_test

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/api/deployment/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"countersign/activities"
	"countersign/cli"
	"countersign/collaboration"
	"countersign/dev/engine"
	"countersign/internal/mail"
	"countersign/internal/store"
	"countersign/internal/webhook"
	"countersign/starter"
	"countersign/worker"
)

// build is a worker's code, and what it was given to do.
type build struct {
	interceptor.WorkerInterceptorBase
	name string
	// changed is code that waits a moment, in runs that begin and before each
	// decision, where the release before did not.
	changed bool
	given   atomic.Int32 // workflow tasks that begin or go on with a run, and steps
}

func (b *build) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	b.given.Add(1)
	if !b.changed {
		return next
	}
	return &changedWorkflow{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

func (b *build) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	b.given.Add(1)
	return next
}

// changedWorkflow is the real workflow with a change in it, made as a change of
// the product's own would be.
type changedWorkflow struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (w *changedWorkflow) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	waitSince(ctx, "wait-before-all")
	return w.Next.ExecuteWorkflow(ctx, in)
}

func (w *changedWorkflow) ExecuteUpdate(ctx workflow.Context, in *interceptor.UpdateInput) (any, error) {
	waitSince(ctx, "wait-before-messages")
	return w.Next.ExecuteUpdate(ctx, in)
}

func waitSince(ctx workflow.Context, change string) {
	if workflow.GetVersion(ctx, change, workflow.DefaultVersion, 1) == 1 {
		_ = workflow.Sleep(ctx, 10*time.Millisecond)
	}
}

// rollout is a desk whose workers are replaced by other builds.
type rollout struct {
	*desk
	mail *moodyMail
	all  []collaboration.ActivationID // every run there is
}

func openRollout(t *testing.T) *rollout {
	r := &rollout{desk: openDesk(t), mail: &moodyMail{}}
	r.importCustomers(20)
	r.Starter = starter.New(r.client, 20*time.Second) // nothing may be left unanswered
	r.mail.mended.Store(true)
	return r
}

// start runs a worker of a build, in this process, until it is stopped.
func (r *rollout) start(b *build) (stop func()) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.t.Context()))
	ended, polls := make(chan error, 1), make(chan struct{})
	facts, err := store.Open(ctx, "sqlite:"+filepath.Join(r.dir, "facts.db"))
	if err != nil {
		r.t.Fatal(err)
	}
	steps, drain := activities.New(facts, mail.NewMailer(r.mail, collaboration.DefaultCatalogue, "no-reply@countersign.example", "Countersign"), anyLink{}, noLimit{})
	go func() {
		ended <- worker.Run(ctx, worker.Config{
			Engine: r.client, Build: b.name, Activities: steps, Webhooks: activities.NewWebhooks(facts, webhook.NewSender(true)), Drain: drain,
			MailPerSecond: 100, StopTimeout: worker.DefaultStopTimeout, Interceptors: []interceptor.WorkerInterceptor{b}, Ready: func() { close(polls) },
		})
		facts.Close()
	}()
	<-polls
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			r.t.Errorf("the worker of %s ended with %v", b.name, err)
		}
	})
	r.t.Cleanup(stop)
	return stop
}

// release runs countersign release.
func (r *rollout) release(want string, arguments ...string) {
	r.t.Helper()
	r.t.Setenv("TEMPORAL_ADDRESS", r.at.Engine)
	var out bytes.Buffer
	if code := cli.Run(r.t.Context(), append([]string{"release", "--wait", "1m"}, arguments...), nil, &out, &out); code != 0 || strings.TrimSpace(out.String()) != want {
		r.t.Fatalf("release %q: exit code %d, %s, want %q", arguments, code, &out, want)
	}
}

func (r *rollout) begin() collaboration.ActivationID {
	r.t.Helper()
	id := r.mustStart(r.order())
	r.all = append(r.all, id)
	return id
}

func (r *rollout) pending() collaboration.ActivationID {
	r.t.Helper()
	id := r.begin()
	r.awaitStanding(id, collaboration.AwaitingApproval)
	return id
}

func (r *rollout) active() collaboration.ActivationID {
	r.t.Helper()
	id := r.pending()
	r.approve(id)
	return id
}

// approve is answered.
func (r *rollout) approve(id collaboration.ActivationID) {
	r.t.Helper()
	if _, err := r.Decide(r.t.Context(), r.approval(id)); err != nil {
		r.t.Fatal(err)
	}
	r.wantStarted(id)
}

// builds are those that completed a run's workflow tasks, in order, and how many
// of its workflow tasks failed.
func (r *rollout) builds(id collaboration.ActivationID) (builds []string, failed int) {
	r.t.Helper()
	for _, e := range r.history(id, "").Events {
		switch e.EventType {
		case enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
			builds = append(builds, e.GetWorkflowTaskCompletedEventAttributes().GetDeploymentVersion().GetBuildId())
		case enums.EVENT_TYPE_WORKFLOW_TASK_FAILED, enums.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
			failed++
		}
	}
	return slices.Compact(builds), failed
}

func (r *rollout) wantBuilds(what string, id collaboration.ActivationID, want ...string) {
	r.t.Helper()
	if got, failed := r.builds(id); !slices.Equal(got, want) || failed > 0 {
		r.t.Errorf("%s: went on under %q, want %q; %d workflow tasks failed", what, got, want, failed)
	}
}

// A release and the way back, with runs in flight wherever one can wait.
func TestAReleaseAndTheWayBack(t *testing.T) {
	r := openRollout(t)
	before, after := &build{name: "1.0.0"}, &build{name: "1.1.0", changed: true}

	stopBefore := r.start(before)
	r.release("1.0.0 is released. Before, it was no build.", "--build", "1.0.0")
	pending, early, untouched := r.pending(), r.pending(), r.pending()
	running, ending := r.active(), r.active()
	var switched []collaboration.ActivationID
	for range 4 {
		switched = append(switched, r.pending())
	}
	r.mail.mended.Store(false)
	stuck := r.begin()
	r.awaitOps("stuck --attempts 2 "+string(stuck), "SendInvitation failed ")

	// The new code is there, and waits to be released.
	stopAfter := r.start(after)
	r.approve(early)
	if n := after.given.Load(); n != 0 {
		t.Errorf("before it was released the new build was given %d things to do", n)
	}
	decisions := make(chan error, len(switched))
	decide := func(id collaboration.ActivationID, d collaboration.Decision) {
		_, err := r.Decide(t.Context(), d)
		decisions <- err
	}
	for n, id := range switched {
		if n == len(switched)/2 {
			r.release("1.1.0 is released. Before, it was 1.0.0.", "--build", "1.1.0")
		}
		go decide(id, r.approval(id))
	}
	for range switched {
		if err := <-decisions; err != nil {
			t.Errorf("a decision during the switch: %v", err)
		}
	}
	r.release("1.1.0 is released already.", "--build", "1.1.0")
	stopBefore()
	for _, id := range switched {
		r.wantStarted(id)
	}
	given := before.given.Load()
	r.approve(pending)
	r.mail.mended.Store(true)
	r.awaitStanding(stuck, collaboration.AwaitingApproval)
	ends := r.activation(running).Agreement.EndsOn
	r.forward(running, ends.Start().Add(time.Hour))
	awaitTerm(r.office, running, 2)
	begun := r.pending()
	r.wantBuilds("pending", pending, "1.0.0", "1.1.0")
	r.wantBuilds("its mail failed", stuck, "1.0.0", "1.1.0")
	r.wantBuilds("begun after", begun, "1.1.0")
	if n := before.given.Load(); n != given {
		t.Errorf("after the switch the old build was given %d things to do", n-given)
	}

	touched, touchedToo, answered := begun, r.pending(), r.pending()
	r.approve(answered)

	// Back: one command, once the old build's workers are there.
	stopBefore = r.start(before)
	r.release("1.0.0 is released. Before, it was 1.1.0.", "--build", "1.0.0")
	stopAfter()
	r.approve(untouched)
	r.wantBuilds("not touched", untouched, "1.0.0")
	r.approve(stuck) // the new build went on with it, and wrote nothing of its change
	r.wantBuilds("went on under the new build", stuck, "1.0.0", "1.1.0", "1.0.0")
	ends = r.activation(ending).Agreement.EndsOn
	r.forward(ending, ends.Start().Add(time.Hour))
	awaitTerm(r.office, ending, 2)

	// Runs with the change in their history wait, unharmed, with their messages.
	for _, id := range []collaboration.ActivationID{touched, touchedToo} {
		r.signal(r.approval(id))
		r.awaitOps("stuck "+string(id), "its workflow task fails: NonDeterministicError")
		if a := r.activation(id); a.State != collaboration.AwaitingApproval {
			t.Errorf("%s became %s", id, a.State)
		}
	}
	// One is not waited for: it begins again, under the old build.
	r.wantOps("reset "+string(touchedToo)+" --from-start --yes", 0, "done    "+string(touchedToo))
	r.wantStarted(touchedToo)

	// The others go on by themselves when the fix is there.
	r.start(&build{name: "1.1.1", changed: true})
	r.release("1.1.1 is released. Before, it was 1.0.0.", "--build", "1.1.1")
	stopBefore()
	r.wantStarted(touched)
	r.awaitOps("stuck", "No run is concerned.")
	for _, id := range r.all {
		if got := strings.Fields(actions(r.activation(id))); strings.Count(strings.Join(got, " "), string(collaboration.ActionInvitationSent)) != 1 {
			t.Errorf("%s: %q", id, got)
		}
	}
}

// backlog is what an autoscaler asks: the tasks of a queue that wait for a build.
func (r *rollout) backlog(build, queue string) (n int64) {
	r.t.Helper()
	d, err := r.client.WorkflowService().DescribeWorkerDeploymentVersion(r.t.Context(), &workflowservice.DescribeWorkerDeploymentVersionRequest{
		Namespace: engine.Namespace, ReportTaskQueueStats: true,
		DeploymentVersion: &deployment.WorkerDeploymentVersion{DeploymentName: collaboration.Deployment, BuildId: build},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, q := range d.VersionTaskQueues {
		if q.Name == queue {
			n += q.Stats.GetApproximateBacklogCount()
		}
	}
	return n
}

func TestTheBacklogIsThatOfTheReleasedBuild(t *testing.T) {
	r := openRollout(t)
	stop := r.start(&build{name: "1.0.0"})
	r.release("1.0.0 is released. Before, it was no build.", "--build", "1.0.0")
	r.pending()
	stop()
	const waiting = 5
	for range waiting {
		r.begin()
	}
	var n int64
	for end := time.Now().Add(20 * time.Second); n < waiting && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		n = r.backlog("1.0.0", collaboration.TaskQueue)
	}
	if n != waiting {
		t.Errorf("%d tasks wait, want %d", n, waiting)
	}
}

// The roles themselves: the first build needs nobody's doing. The next is given
// nothing, and says so.
func TestTheFirstBuildIsReleasedByItsFirstWorker(t *testing.T) {
	s := openSite(t, "COUNTERSIGN_BUILD=1.0.0")
	office := s.office(t, 0)
	office.await(office.activate(requests[0].request), collaboration.AwaitingApproval)
	const nothing = `"given nothing before countersign release"`
	next := s.workers[1]
	if said := next.said.String() + s.workers[0].said.String(); strings.Contains(said, nothing) {
		t.Errorf("workers of the first build say %s", said)
	}
	next.stop(workerStops)
	next.set("COUNTERSIGN_BUILD", "1.1.0")
	next.start()
	want := nothing + `,"build":"1.1.0","released":"1.0.0"`
	for end := time.Now().Add(20 * time.Second); !strings.Contains(next.said.String(), want) && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
	}
	if said := next.said.String(); !strings.Contains(said, want) {
		t.Errorf("a build that is not released says %s", said)
	}
	office.await(office.activate(requests[1].request), collaboration.AwaitingApproval)
	if code, said := run(t, next.environment, "release"); code != 0 || said != "1.1.0 is released. Before, it was 1.0.0.\n" {
		t.Errorf("exit code %d: %s", code, said)
	}
}

// A share of all runs goes to a build, and none of them after all.
func TestABuildIsReleasedForSomeRuns(t *testing.T) {
	r := openRollout(t)
	before, next := &build{name: "1.0.0"}, &build{name: "1.1.0"}
	r.start(before)
	r.start(next)
	r.release("1.0.0 is released. Before, it was no build.", "--build", "1.0.0")
	r.release("1.1.0 takes over 50 % of all runs, 1.0.0 has the others.", "--build", "1.1.0", "--percent", "50")
	first := before.given.Load()
	for range 10 { // all with one of them: once in five hundred times
		r.pending()
	}
	if a, b := before.given.Load()-first, next.given.Load(); a == 0 || b == 0 {
		t.Errorf("of half of the runs one build was given %d, the other %d things to do", a, b)
	}
	r.release("1.0.0 is released. Before, it was 1.0.0, and 1.1.0 for 50 % of all runs.", "--build", "1.0.0")
	given := next.given.Load()
	for _, id := range r.all {
		r.approve(id)
	}
	if n := next.given.Load(); n != given {
		t.Errorf("a build that is no longer released was given %d things to do", n-given)
	}
	r.release("1.1.0 takes over 50 % of all runs, 1.0.0 has the others.", "--build", "1.1.0", "--percent", "50")
	r.release("1.1.0 is released. Before, it was 1.0.0, and 1.1.0 for 50 % of all runs.", "--build", "1.1.0")
	r.release("1.1.0 is released already.", "--build", "1.1.0")
}
