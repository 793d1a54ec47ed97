package engine_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/dev/engine"
)

const queue = "engine-test"

// Wait waits for d, or for the signal "go", and answers with its own time.
func Wait(ctx workflow.Context, d time.Duration) (time.Time, error) {
	timer, cancel := workflow.WithCancel(ctx)
	workflow.NewSelector(ctx).
		AddFuture(workflow.NewTimer(timer, d), func(workflow.Future) {}).
		AddReceive(workflow.GetSignalChannel(ctx, "go"), func(c workflow.ReceiveChannel, _ bool) {
			c.Receive(ctx, nil)
			cancel()
		}).Select(ctx)
	return workflow.Now(ctx), nil
}

func start(t *testing.T, cfg engine.Config) *engine.Engine {
	t.Helper()
	e, err := engine.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	return e
}

func dial(t *testing.T, address string) client.Client {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{
		HostPort: address,
		Logger:   log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func work(t *testing.T, c client.Client) {
	t.Helper()
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(Wait)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
}

func TestStartsAndStopsQuietly(t *testing.T) {
	var logged bytes.Buffer
	began := time.Now()
	e, err := engine.Start(t.Context(), engine.Config{
		Dir:    t.TempDir(),
		Logger: slog.New(slog.NewTextHandler(&logged, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("ready after %s", time.Since(began).Round(time.Millisecond))
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("ready after %s, want seconds", took)
	}
	for _, path := range []string{"/", "/api/v1/namespaces/default/workflows"} {
		answer, err := http.Get("http://" + e.UIAddress() + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("the Web UI answers %s to %s", answer.Status, path)
		}
	}
	began = time.Now()
	e.Stop()
	t.Logf("stopped after %s", time.Since(began).Round(time.Millisecond))
	if logged.Len() > 0 {
		t.Errorf("logged:\n%s", logged.String())
	}
	if conn, err := net.Dial("tcp", e.Address()); err == nil {
		conn.Close()
		t.Error("still listens after Stop")
	}
}

func TestStartsAgainInTheSameProcess(t *testing.T) {
	cfg := engine.Config{Dir: t.TempDir(), NoUI: true}
	first, err := engine.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, first.Address())
	if _, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "kept", TaskQueue: queue}, Wait, time.Hour); err != nil {
		t.Fatal(err)
	}
	first.Stop()
	second := start(t, cfg)
	if _, err := dial(t, second.Address()).DescribeWorkflowExecution(t.Context(), "kept", ""); err != nil {
		t.Error(err)
	}
}

func TestPortTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port

	tests := map[string]struct {
		config engine.Config
		flag   string
	}{
		"server": {engine.Config{Port: port}, "-temporal-port"},
		"Web UI": {engine.Config{UIPort: port}, "-ui-port"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.config.Dir = t.TempDir() + "/untouched"
			e, err := engine.Start(t.Context(), test.config)
			if err == nil {
				e.Stop()
				t.Fatal("started")
			}
			_, number, _ := net.SplitHostPort(taken.Addr().String())
			for _, want := range []string{number, test.flag} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not name %s", err, want)
				}
			}
			mustNotExist(t, test.config.Dir)
		})
	}
}

func TestClosedRunsAreKept(t *testing.T) {
	e := start(t, engine.Config{NoUI: true})
	namespace, err := dial(t, e.Address()).WorkflowService().DescribeNamespace(t.Context(),
		&workflowservice.DescribeNamespaceRequest{Namespace: engine.Namespace})
	if err != nil {
		t.Fatal(err)
	}
	// An agreement and its renewal, to look back on.
	if kept := namespace.Config.WorkflowExecutionRetentionTtl.AsDuration(); kept < 2*365*24*time.Hour {
		t.Errorf("closed runs are kept for %s", kept)
	}
}

func TestSearchAttributes(t *testing.T) {
	e := start(t, engine.Config{NoUI: true})
	c := dial(t, e.Address())

	office := temporal.NewSearchAttributeKeyKeyword(collaboration.SearchOffice)
	ends := temporal.NewSearchAttributeKeyTime(collaboration.SearchAgreementEnd)
	unknown := temporal.NewSearchAttributeKeyKeyword("Nobody")

	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "unknown", TaskQueue: queue,
		TypedSearchAttributes: temporal.NewSearchAttributes(unknown.ValueSet("x")),
	}, Wait, time.Hour)
	if err == nil {
		t.Error("a start with an unknown search attribute was taken")
	}

	attributes := []temporal.SearchAttributeUpdate{
		office.ValueSet("office-1"), ends.ValueSet(time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)),
	}
	for _, name := range []string{collaboration.SearchCustomer, collaboration.SearchSolution, collaboration.SearchState} {
		attributes = append(attributes, temporal.NewSearchAttributeKeyKeyword(name).ValueSet("x"))
	}
	if _, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "known", TaskQueue: queue, TypedSearchAttributes: temporal.NewSearchAttributes(attributes...),
	}, Wait, time.Hour); err != nil {
		t.Fatal(err)
	}
	query := collaboration.SearchOffice + ` = "office-1" AND ` + collaboration.SearchAgreementEnd + ` < "2027-02-01T00:00:00Z"`
	awaitCount(t, c, query, 1)
}

// awaitCount polls, because visibility lags.
func awaitCount(t *testing.T, c client.Client, query string, want int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		found, err := c.CountWorkflow(ctx, countRequest(query))
		if err != nil {
			t.Fatalf("count %s: %v", query, err)
		}
		if found.Count == want {
			return
		}
		<-ticker.C
	}
}
