package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/dev/embedded"
	"countersign/dev/stack"
	"countersign/dev/temporalserver"
	"countersign/internal/mail"
	"countersign/worker"
)

const (
	// childVariable is the environment variable with the ChildSpec of a child process.
	childVariable = "COUNTERSIGN_E2E_CHILD"
	// readyLine begins the line that a child prints when it is ready.
	readyLine = "ready "
)

// Main runs the tests of a package that uses the harness. It also is the main
// function of the child processes that the tests start.
func Main(m *testing.M) {
	if spec := os.Getenv(childVariable); spec != "" {
		if err := runChild(spec); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		return
	}
	var err error
	if ProgramDir, err = os.MkdirTemp("", "countersign-product-"); err != nil {
		panic(err)
	}
	code := m.Run()
	stopSharedTemporal()
	os.RemoveAll(ProgramDir)
	os.Exit(code)
}

func runChild(encoded string) error {
	var spec ChildSpec
	if err := json.Unmarshal([]byte(encoded), &spec); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	switch spec.Role {
	case "worker":
		return spec.runWorker(ctx)
	case "temporal":
		return spec.runTemporal(ctx)
	}
	o := embedded.Options{Options: stack.Options{Dir: spec.Dir, Log: LoggerTo(os.Stderr)}, Server: temporalserver.Options{NoUI: true}}
	return embedded.Run(ctx, o, func(a stack.Addresses) {
		encoded, _ := json.Marshal(a) // cannot fail: the struct has only strings
		fmt.Printf("%s%s\n", readyLine, encoded)
	})
}

func (s ChildSpec) runTemporal(ctx context.Context) error {
	e, err := temporalserver.Start(ctx, temporalserver.Options{Dir: s.Dir, Port: s.Port, NoUI: true, Logger: LoggerTo(os.Stderr)})
	if err != nil {
		return err
	}
	defer e.Stop()
	fmt.Println(readyLine + "{}")
	<-ctx.Done()
	return nil
}

func (s ChildSpec) runWorker(ctx context.Context) error {
	database, err := openStore(ctx, s.Dir)
	if err != nil {
		return err
	}
	defer database.Close()
	sender, closeInbox, err := openInbox(s.Dir)
	if err != nil {
		return err
	}
	defer closeInbox()
	key, err := os.ReadFile(filepath.Join(s.Dir, "encryption.key"))
	if err != nil {
		return err
	}
	c, err := dialTemporal(s.Temporal.Address, s.Temporal.Namespace, database, "dev:"+string(key))
	if err != nil {
		return err
	}
	defer c.Close()
	steps, drain := newActivities(database, countingSender{sender, s})
	return worker.Run(ctx, worker.Config{
		Engine: c, Activities: steps, Drain: drain, MailPerSecond: 100, StopTimeout: time.Second,
		Interceptors: []interceptor.WorkerInterceptor{&crasher{spec: s, held: map[string]bool{}}},
		Ready:        func() { fmt.Println(readyLine + "{}") },
	})
}

// countingSender appends the recipient of each invitation to sent.log and the ID of
// each mail to mails.log, because the inbox has a repeated mail only once.
type countingSender struct {
	inbox mail.Sender
	spec  ChildSpec
}

func (s countingSender) Send(ctx context.Context, m mail.Message) (string, error) {
	s.spec.crashAt("mail before")
	// The confirmation of a decline links to the invitation's page too.
	if strings.Contains(m.Text, "/approve/") && !strings.HasPrefix(m.Subject, "Ni har tackat nej") {
		if err := s.log("sent.log", m.To); err != nil {
			return "", err
		}
	}
	if err := s.log(mailsLog, m.ID); err != nil {
		return "", err
	}
	id, err := s.inbox.Send(ctx, m)
	s.spec.crashAt("mail after")
	return id, err
}

// mailsLog is the file with the ID of every mail that workers in child processes sent.
const mailsLog = "mails.log"

func (s countingSender) log(file, line string) error {
	f, err := os.OpenFile(filepath.Join(s.spec.Dir, file), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	fmt.Fprintln(f, line)
	return f.Close()
}

// crashAt kills the process if it shall crash at this point.
func (s ChildSpec) crashAt(point string) {
	if s.Crash == point {
		killSelf()
	}
}

func killSelf() {
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // until the signal arrives
}

// crasher kills the worker before or after an activity, including local activities.
type crasher struct {
	interceptor.WorkerInterceptorBase
	spec ChildSpec
	mu   sync.Mutex
	held map[string]bool // workflow IDs of executions at their point
}

func (c *crasher) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &crashingActivity{interceptor.ActivityInboundInterceptorBase{Next: next}, c}
}

// maxAttempt bounds an attempt of an activity that a worker with CrashAt schedules.
// Temporal retries the attempt of a killed worker only after its timeout.
const maxAttempt = 3 * time.Second

func (c *crasher) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	if len(c.spec.CrashAt) == 0 {
		return next
	}
	return WrapOutbound(next, func(outbound interceptor.WorkflowOutboundInterceptor) interceptor.WorkflowOutboundInterceptor {
		return &crashingOutbound{interceptor.WorkflowOutboundInterceptorBase{Next: outbound}}
	})
}

type crashingOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
}

func (o *crashingOutbound) ExecuteActivity(ctx workflow.Context, activity string, args ...any) workflow.Future {
	options := workflow.GetActivityOptions(ctx)
	options.StartToCloseTimeout = min(options.StartToCloseTimeout, maxAttempt)
	return o.Next.ExecuteActivity(workflow.WithActivityOptions(ctx, options), activity, args...)
}

// at kills the process at the point of Crash, and at the last point of CrashAt.
func (c *crasher) at(workflow, point string) {
	c.spec.crashAt(point)
	if c.spec.CrashAt[workflow] != point {
		return
	}
	c.mu.Lock()
	c.held[workflow] = true
	isLast := len(c.held) == len(c.spec.CrashAt)
	c.mu.Unlock()
	if isLast {
		killSelf()
	}
	select {} // until the last execution is at its point
}

type crashingActivity struct {
	interceptor.ActivityInboundInterceptorBase
	crasher *crasher
}

func (c *crashingActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	info := activity.GetInfo(ctx)
	c.crasher.at(info.WorkflowExecution.ID, info.ActivityType.Name+" before")
	result, err := c.Next.ExecuteActivity(ctx, in)
	if err == nil {
		c.crasher.at(info.WorkflowExecution.ID, info.ActivityType.Name+" after")
	}
	return result, err
}

// Unlimited is a rate limit that allows every mail.
type Unlimited struct{}

// Allow returns true.
func (Unlimited) Allow() bool { return true }

// StubLinks returns unsigned links, for tests that do not open them.
type StubLinks struct{}

// ApprovalURL returns the link of an invitation's generation.
func (StubLinks) ApprovalURL(id collaboration.ActivationID, generation int, _ time.Time) string {
	return fmt.Sprintf("http://localhost/approve/%s/%d", id, generation)
}

// HomeURL returns the address of the product.
func (StubLinks) HomeURL() string { return "http://localhost/" }

// ActivationURL returns the link of the activation's page.
func (StubLinks) ActivationURL(id collaboration.ActivationID) string {
	return fmt.Sprintf("http://localhost/activations/%s", id)
}

// CollaborationURL returns the link of the collaboration's page.
func (StubLinks) CollaborationURL(id collaboration.ActivationID) string {
	return fmt.Sprintf("http://localhost/collaboration/%s", id)
}
