package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/sdk/interceptor"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/dev/engine"
	"countersign/dev/stack"
	"countersign/internal/mail"
	"countersign/internal/store"
	"countersign/worker"
)

// A child is this test program run again as something that can be killed.
const childVariable = "COUNTERSIGN_E2E_CHILD"

// childOrder says what a child shall be.
type childOrder struct {
	// Role is what of the stack it is: "worker", "engine", or "" for all of it.
	Role   string
	Dir    string
	Engine string // address, for a worker
	Port   int    // for an engine
	// Crash names the point at which the child kills itself: an activity or
	// "mail", and "before" or "after"; "" for none.
	Crash string
}

// atOnceAtLeast tests run at a time, of those that may: they wait for most of
// theirs, for leases, timeouts and servers.
const atOnceAtLeast = 4

func TestMain(m *testing.M) {
	if order := os.Getenv(childVariable); order != "" {
		if err := runChild(order); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(max(runtime.GOMAXPROCS(0), atOnceAtLeast))); err != nil {
		panic(err)
	}
	var err error
	if productDir, err = os.MkdirTemp("", "countersign-product-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(productDir)
	os.Exit(code)
}

func runChild(encoded string) error {
	var order childOrder
	if err := json.Unmarshal([]byte(encoded), &order); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	switch order.Role {
	case "worker":
		return order.work(ctx)
	case "engine":
		return order.runEngine(ctx)
	}
	o := stack.Options{Dir: order.Dir, Engine: engine.Config{NoUI: true}, Log: quiet()}
	return stack.Run(ctx, o, func(a stack.Addresses) {
		encoded, _ := json.Marshal(a) // only strings
		fmt.Printf("ready %s\n", encoded)
	})
}

func (o childOrder) runEngine(ctx context.Context) error {
	e, err := engine.Start(ctx, engine.Config{Dir: o.Dir, Port: o.Port, NoUI: true, Logger: quiet()})
	if err != nil {
		return err
	}
	defer e.Stop()
	fmt.Println("ready {}")
	<-ctx.Done()
	return nil
}

func (o childOrder) work(ctx context.Context) error {
	facts, err := store.Open(ctx, factsIn(o.Dir))
	if err != nil {
		return err
	}
	defer facts.Close()
	inbox, err := mail.OpenInbox(filepath.Join(o.Dir, "inbox"))
	if err != nil {
		return err
	}
	key, err := os.ReadFile(filepath.Join(o.Dir, "encryption.key"))
	if err != nil {
		return err
	}
	c, err := dialEngine(o.Engine, facts, "dev:"+string(key))
	if err != nil {
		return err
	}
	defer c.Close()
	mailer := mail.NewMailer(countingSender{inbox, o}, collaboration.DefaultCatalogue, "no-reply@countersign.example", "Countersign")
	steps, drain := activities.New(facts, mailer, anyLink{}, noLimit{})
	return worker.Run(ctx, worker.Config{
		Engine: c, Activities: steps, Drain: drain, MailPerSecond: 100, StopTimeout: time.Second,
		Interceptors: []interceptor.WorkerInterceptor{&crasher{order: o}},
		Ready:        func() { fmt.Println("ready {}") },
	})
}

type noLimit struct{}

func (noLimit) Allow() bool { return true }

type anyLink struct{}

func (anyLink) ApprovalURL(id collaboration.ActivationID, generation int, _ time.Time) string {
	return fmt.Sprintf("http://localhost/approve/%s/%d", id, generation)
}

func (anyLink) CollaborationURL(id collaboration.ActivationID) string {
	return fmt.Sprintf("http://localhost/collaboration/%s", id)
}

// countingSender notes each mail that is handed over, because the inbox shows
// a repeated one once.
type countingSender struct {
	inbox *mail.Inbox
	order childOrder
}

func (s countingSender) Send(ctx context.Context, m mail.Message) (string, error) {
	s.order.crashAt("mail before")
	f, err := os.OpenFile(filepath.Join(s.order.Dir, "sent.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	if strings.Contains(m.Text, "/approve/") { // an invitation
		fmt.Fprintln(f, m.To)
	}
	f.Close()
	id, err := s.inbox.Send(ctx, m)
	s.order.crashAt("mail after")
	return id, err
}

func (o childOrder) crashAt(point string) {
	if o.Crash == point {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // the signal is on its way
	}
}

// crasher kills the process around an activity, local or not.
type crasher struct {
	interceptor.WorkerInterceptorBase
	order childOrder
}

func (c *crasher) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &crashingActivity{interceptor.ActivityInboundInterceptorBase{Next: next}, c.order}
}

type crashingActivity struct {
	interceptor.ActivityInboundInterceptorBase
	order childOrder
}

func (c *crashingActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	name := activityName(ctx)
	c.order.crashAt(name + " before")
	result, err := c.Next.ExecuteActivity(ctx, in)
	if err == nil {
		c.order.crashAt(name + " after")
	}
	return result, err
}

// child is a running child process.
type child struct {
	t       *testing.T
	command *exec.Cmd
	died    chan struct{}
	at      stack.Addresses
	dir     string
}

// office is someone at the office whose stack the child is.
func (c *child) office() *office {
	c.t.Helper()
	return &office{c.t, c.at, stack.ManagerToken, factsIn(c.dir), keysIn(c.t, c.dir)}
}

func startChild(t *testing.T, order childOrder) *child {
	t.Helper()
	encoded, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	c := &child{t: t, command: exec.Command(os.Args[0]), died: make(chan struct{}), dir: order.Dir}
	c.command.Env = append(os.Environ(), childVariable+"="+string(encoded))
	c.command.Stderr = os.Stderr
	c.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := c.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.command.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			if addresses, ok := strings.CutPrefix(scanner.Text(), "ready "); ok {
				ready <- addresses
			}
		}
		c.command.Wait()
		close(c.died)
	}()
	t.Cleanup(func() { c.kill() })
	select {
	case addresses := <-ready:
		if err := json.Unmarshal([]byte(addresses), &c.at); err != nil {
			t.Fatal(err)
		}
	case <-c.died:
		if order.Crash == "" {
			t.Fatal("the child died before it was ready")
		}
	case <-time.After(time.Minute):
		t.Fatal("the child was not ready within a minute")
	}
	return c
}

func (c *child) kill() {
	c.command.Process.Kill()
	<-c.died
}

// stop asks the child to stop, and reports how it did.
func (c *child) stop() error {
	if err := c.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-c.died:
	case <-time.After(time.Minute):
		return fmt.Errorf("did not stop within a minute")
	}
	if !c.command.ProcessState.Success() {
		return fmt.Errorf("stopped with %s", c.command.ProcessState)
	}
	return nil
}

func (c *child) awaitDeath(point string) {
	c.t.Helper()
	select {
	case <-c.died:
		if status := c.command.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
			c.t.Fatalf("%s: the child ended with %s", point, c.command.ProcessState)
		}
	case <-time.After(60 * time.Second):
		c.t.Fatalf("%s was never reached", point)
	}
}
