package rehearsal_test

import (
	"context"
	"fmt"
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
	"countersign/collaboration"
	"countersign/collaboration/catalogue"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/internal/eventually"
	"countersign/internal/limit"
	"countersign/internal/mail"
	"countersign/internal/rehearsal"
	"countersign/internal/store"
	"countersign/internal/temporalx"
	"countersign/internal/webhook"
	"countersign/starter"
	"countersign/worker"
)

// build is a version of the worker's code.
type build struct {
	interceptor.WorkerInterceptorBase
	name string
	// isChanged adds a timer at the beginning of a workflow execution and before each
	// decision, which the other builds do not have.
	isChanged bool
	// dispatched counts the tasks that Temporal gave to the build: workflow tasks
	// that begin or replay an execution, and activity tasks.
	dispatched atomic.Int32
}

func (b *build) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	b.dispatched.Add(1)
	if !b.isChanged {
		return next
	}
	return &changedWorkflow{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

func (b *build) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	b.dispatched.Add(1)
	return next
}

// changedWorkflow is the product's workflow with a change that has a version, as
// every change of the product must have.
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

// rollout has workers of several builds.
type rollout struct {
	*harness.DirectClient
	mail *external.UnavailableMailer
	all  []collaboration.ActivationID // of every workflow execution
}

func openRollout(t *testing.T) *rollout {
	r := &rollout{DirectClient: harness.OpenDirectClient(t), mail: &external.UnavailableMailer{}}
	r.ImportCustomers(20)
	r.Starter = starter.New(r.Client, eventually.Deadline) // every message must be answered
	r.mail.Available.Store(true)
	return r
}

// startWorker runs a worker of a build in this process.
func (r *rollout) startWorker(b *build) (stop func()) {
	r.T.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.T.Context()))
	ended, polls := make(chan error, 1), make(chan struct{})
	db, err := store.Open(ctx, "sqlite:"+filepath.Join(r.Dir, "countersign.db"))
	if err != nil {
		r.T.Fatal(err)
	}
	steps, drain := activities.New(db, mail.NewMailer(r.mail, catalogue.Embedded, "no-reply@countersign.example", "Countersign"), harness.StubLinks{}, harness.Unlimited{}, catalogue.Embedded)
	go func() {
		ended <- worker.Run(ctx, worker.Config{
			Engine: r.Client, Build: b.name, Activities: steps, Webhooks: activities.NewWebhooks(db, webhook.NewSender(true), limit.NewShares(10, time.Second)), Drain: drain,
			MailPerSecond: 100, StopTimeout: worker.DefaultStopTimeout, Interceptors: []interceptor.WorkerInterceptor{b}, Ready: func() { close(polls) },
		})
		db.Close()
	}()
	eventually.Receive(r.T, "the worker of "+b.name+" polls", polls)
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			r.T.Errorf("the worker of %s ended with %v", b.name, err)
		}
	})
	r.T.Cleanup(stop)
	return stop
}

// release runs "countersign release".
func (r *rollout) release(want string, arguments ...string) {
	r.T.Helper()
	code, output := harness.RunCommand(r.T, r.OperatorEnvironment(), append([]string{"release"}, arguments...)...)
	if code != 0 || strings.TrimSpace(output) != want {
		r.T.Fatalf("release %q: exit code %d, %s, want %q", arguments, code, output, want)
	}
}

// start starts an activation without waiting for it.
func (r *rollout) start() collaboration.ActivationID {
	r.T.Helper()
	id := r.MustStart(r.Order())
	r.all = append(r.all, id)
	return id
}

// startPending starts an activation that awaits approval, startActive one that is active.
func (r *rollout) startPending() collaboration.ActivationID {
	r.T.Helper()
	id := r.start()
	r.AwaitWorkflowState(id, collaboration.AwaitingApproval)
	return id
}

func (r *rollout) startActive() collaboration.ActivationID {
	r.T.Helper()
	id := r.startPending()
	r.approve(id)
	return id
}

// approve sends an approval and waits for its result.
func (r *rollout) approve(id collaboration.ActivationID) {
	r.T.Helper()
	if _, err := r.Decide(r.T.Context(), r.Approval(id)); err != nil {
		r.T.Fatal(err)
	}
	r.WantStarted(id)
}

// builds returns the builds that completed workflow tasks of an activation's executions,
// in order, and the number of failed workflow tasks.
func (r *rollout) builds(id collaboration.ActivationID) (builds []string, failed int) {
	r.T.Helper()
	for _, run := range r.Runs(id) {
		for _, e := range r.History(id, run).Events {
			switch e.EventType {
			case enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
				builds = append(builds, e.GetWorkflowTaskCompletedEventAttributes().GetDeploymentVersion().GetBuildId())
			case enums.EVENT_TYPE_WORKFLOW_TASK_FAILED, enums.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
				failed++
			}
		}
	}
	return slices.Compact(builds), failed
}

func (r *rollout) wantBuilds(what string, id collaboration.ActivationID, want ...string) {
	r.T.Helper()
	if got, failed := r.builds(id); !slices.Equal(got, want) || failed > 0 {
		r.T.Errorf("%s: builds %q completed workflow tasks, want %q; %d failed", what, got, want, failed)
	}
}

// A build is released and rolled back while workflow executions wait at every
// place where they can.
func TestRelease_AndRollback(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	r := openRollout(t)
	old, changed := &build{name: "1.0.0"}, &build{name: "1.1.0", isChanged: true}

	stopOld := r.startWorker(old)
	r.release("1.0.0 is released. Previously: unversioned.", "--build", "1.0.0")
	pending, early, unchanged := r.startPending(), r.startPending(), r.startPending()
	running, ending := r.startActive(), r.startActive()
	var switched []collaboration.ActivationID
	for range 4 {
		switched = append(switched, r.startPending())
	}
	r.mail.Available.Store(false)
	stuck := r.start()
	r.AwaitOps("stuck --attempts 2 "+string(stuck), "SendInvitation failed ")

	// The changed build polls and gets no task before its release.
	stopChanged := r.startWorker(changed)
	r.approve(early)
	if n := changed.dispatched.Load(); n != 0 {
		t.Errorf("the changed build got %d tasks before its release", n)
	}
	decisions := make(chan error, len(switched))
	decide := func(id collaboration.ActivationID, d collaboration.Decision) {
		_, err := r.Decide(t.Context(), d)
		decisions <- err
	}
	for n, id := range switched {
		if n == len(switched)/2 {
			r.release("1.1.0 is released. Previously: 1.0.0.", "--build", "1.1.0")
		}
		go decide(id, r.Approval(id))
	}
	for range switched {
		if err := eventually.Receive(t, "a decision is answered", decisions); err != nil {
			t.Errorf("a decision during the release: %v", err)
		}
	}
	r.release("1.1.0 is already released.", "--build", "1.1.0")
	stopOld()
	for _, id := range switched {
		r.WantStarted(id)
	}
	dispatched := old.dispatched.Load()
	r.approve(pending)
	r.mail.Available.Store(true)
	r.AwaitWorkflowState(stuck, collaboration.AwaitingApproval)
	ends := r.Activation(running).Agreement.EndsOn
	r.FastForward(running, ends.Start().Add(time.Hour))
	harness.AwaitTerm(r.Office, running, 2)
	startedAfter := r.startPending()
	r.wantBuilds("pending at the release", pending, "1.0.0", "1.1.0")
	r.wantBuilds("with a failed mail at the release", stuck, "1.0.0", "1.1.0")
	r.wantBuilds("started after the release", startedAfter, "1.1.0")
	if n := old.dispatched.Load(); n != dispatched {
		t.Errorf("the old build got %d tasks after the release", n-dispatched)
	}

	incompatible, incompatibleToo, answered := startedAfter, r.startPending(), r.startPending()
	r.approve(answered)

	// The rollback is one command, once a worker of the old build polls.
	stopOld = r.startWorker(old)
	r.release("1.0.0 is released. Previously: 1.1.0.", "--build", "1.0.0")
	stopChanged()
	r.approve(unchanged)
	r.wantBuilds("without a task of the changed build", unchanged, "1.0.0")
	r.approve(stuck) // its history has tasks of the changed build, without the change
	r.wantBuilds("with a task of the changed build", stuck, "1.0.0", "1.1.0", "1.0.0")
	ends = r.Activation(ending).Agreement.EndsOn
	r.FastForward(ending, ends.Start().Add(time.Hour))
	harness.AwaitTerm(r.Office, ending, 2)

	// Executions with the change in their history are stuck, and keep their messages.
	for _, id := range []collaboration.ActivationID{incompatible, incompatibleToo} {
		r.SignalDecision(r.Approval(id))
		r.AwaitOps("stuck "+string(id), "its workflow task fails: NonDeterministicError")
		if a := r.Activation(id); a.State != collaboration.AwaitingApproval {
			t.Errorf("%s is %s, want %s", id, a.State, collaboration.AwaitingApproval)
		}
	}
	// An operator resets one of them: it starts again under the old build.
	r.WantOps("reset "+string(incompatibleToo)+" --from-start --yes", 0, "done    "+string(incompatibleToo))
	r.WantStarted(incompatibleToo)

	// The other one continues when a fixed build is released.
	r.startWorker(&build{name: "1.1.1", isChanged: true})
	r.release("1.1.1 is released. Previously: 1.0.0.", "--build", "1.1.1")
	stopOld()
	r.WantStarted(incompatible)
	r.AwaitOps("stuck", "No matching workflow executions.")
	for _, id := range r.all {
		if got := strings.Fields(harness.Actions(r.Activation(id))); strings.Count(strings.Join(got, " "), string(collaboration.ActionInvitationSent)) != 1 {
			t.Errorf("%s: %q, want one invitation", id, got)
		}
	}
}

// backlog returns the tasks of a queue that wait for a build. An autoscaler reads it.
func (r *rollout) backlog(build, queue string) (n int64) {
	r.T.Helper()
	d, err := r.Client.WorkflowService().DescribeWorkerDeploymentVersion(r.T.Context(), &workflowservice.DescribeWorkerDeploymentVersionRequest{
		Namespace: r.At.Namespace, ReportTaskQueueStats: true,
		DeploymentVersion: &deployment.WorkerDeploymentVersion{DeploymentName: temporalx.Deployment, BuildId: build},
	})
	if err != nil {
		r.T.Fatal(err)
	}
	for _, q := range d.VersionTaskQueues {
		if q.Name == queue {
			n += q.Stats.GetApproximateBacklogCount()
		}
	}
	return n
}

// Temporal counts the tasks that wait while no worker of the current build polls.
func TestRelease_BacklogOfCurrentBuild(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	r := openRollout(t)
	stop := r.startWorker(&build{name: "1.0.0"})
	r.release("1.0.0 is released. Previously: unversioned.", "--build", "1.0.0")
	r.startPending()
	stop()
	const waiting = 5
	for range waiting {
		r.start()
	}
	eventually.OK(t, "the backlog has every task", func() error {
		if n := r.backlog("1.0.0", temporalx.TaskQueue); n != waiting {
			return fmt.Errorf("it has %d tasks, want %d", n, waiting)
		}
		return nil
	})
}

// The first build gets tasks without a command. A worker of the next build gets
// none before its release, and logs that.
func TestRelease_FirstBuildNeedsNoCommand(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	s := harness.StartSite(t, "COUNTERSIGN_BUILD=1.0.0")
	office := s.Office(t, 0)
	office.AwaitState(office.Activate(harness.Scenarios[0].Request), collaboration.AwaitingApproval)
	const notReleased = `"no tasks before countersign release"`
	next := s.Workers[1]
	if logs := next.Output.String() + s.Workers[0].Output.String(); strings.Contains(logs, notReleased) {
		t.Errorf("a worker of the first build logs %s", notReleased)
	}
	next.Stop()
	next.Set("COUNTERSIGN_BUILD", "1.1.0")
	next.Start()
	want := notReleased + `,"build":"1.1.0","released":"1.0.0"`
	eventually.True(t, "the worker of the next build logs "+want, func() bool { return strings.Contains(next.Output.String(), want) })
	office.AwaitState(office.Activate(harness.Scenarios[1].Request), collaboration.AwaitingApproval)
	if code, output := harness.RunCommand(t, next.Environment, "release"); code != 0 || output != "1.1.0 is released. Previously: 1.0.0.\n" {
		t.Errorf("exit code %d: %s", code, output)
	}
}

// A build takes over a share of all workflow executions, and is withdrawn.
func TestRelease_ByPercentage(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	r := openRollout(t)
	current, next := &build{name: "1.0.0"}, &build{name: "1.1.0"}
	r.startWorker(current)
	r.startWorker(next)
	r.release("1.0.0 is released. Previously: unversioned.", "--build", "1.0.0")
	r.release("1.1.0 receives 50 % of all workflow executions, 1.0.0 the others.", "--build", "1.1.0", "--percent", "50")
	before := current.dispatched.Load()
	for range 10 { // one build gets all of them once in five hundred times
		r.startPending()
	}
	if a, b := current.dispatched.Load()-before, next.dispatched.Load(); a == 0 || b == 0 {
		t.Errorf("at 50 %% one build got %d tasks and the other %d", a, b)
	}
	r.release("1.0.0 is released. Previously: 1.0.0, and 1.1.0 for 50 % of all workflow executions.", "--build", "1.0.0")
	dispatched := next.dispatched.Load()
	for _, id := range r.all {
		r.approve(id)
	}
	if n := next.dispatched.Load(); n != dispatched {
		t.Errorf("the withdrawn build got %d tasks", n-dispatched)
	}
	r.release("1.1.0 receives 50 % of all workflow executions, 1.0.0 the others.", "--build", "1.1.0", "--percent", "50")
	r.release("1.1.0 is released. Previously: 1.0.0, and 1.1.0 for 50 % of all workflow executions.", "--build", "1.1.0")
	r.release("1.1.0 is already released.", "--build", "1.1.0")
}
