package temporalserver_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/dev/temporalserver"
	"countersign/internal/eventually"
	"countersign/internal/temporalx"
)

const queue = "temporalserver-test"

// Wait waits for d, or for the Signal "go", and returns the workflow's time.
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

// startShared starts a server for the tests that can share one. TestMain calls
// stopShared.
var startShared = sync.OnceValues(func() (*temporalserver.Server, error) {
	s, err := temporalserver.Start(context.Background(), temporalserver.Options{NoUI: true})
	if err == nil {
		stopShared = s.Stop
	}
	return s, err
})

var stopShared = func() {}

func shared(t *testing.T) *temporalserver.Server {
	t.Helper()
	s, err := startShared()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func start(t *testing.T, cfg temporalserver.Options) *temporalserver.Server {
	t.Helper()
	s, err := temporalserver.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
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

func TestStart_StopsWithoutLogging(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	s, err := temporalserver.Start(t.Context(), temporalserver.Options{
		Dir:    t.TempDir(),
		Logger: slog.New(slog.NewTextHandler(&logged, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/api/v1/namespaces/default/workflows"} {
		answer, err := http.Get("http://" + s.UIAddress() + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("the Web UI answers %s to %s", answer.Status, path)
		}
	}
	s.Stop()
	if logged.Len() > 0 {
		t.Errorf("logged:\n%s", logged.String())
	}
	if conn, err := net.Dial("tcp", s.Address()); err == nil {
		conn.Close()
		t.Error("still listens after Stop")
	}
}

func TestStart_RestartsInSameProcess(t *testing.T) {
	t.Parallel()
	cfg := temporalserver.Options{Dir: t.TempDir(), NoUI: true}
	first, err := temporalserver.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, first.Address())
	if _, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "waiting", TaskQueue: queue}, Wait, time.Hour); err != nil {
		t.Fatal(err)
	}
	first.Stop()
	second := start(t, cfg)
	if _, err := dial(t, second.Address()).DescribeWorkflowExecution(t.Context(), "waiting", ""); err != nil {
		t.Error(err)
	}
}

func TestStart_NamesFlagOfOccupiedPort(t *testing.T) {
	t.Parallel()
	occupied, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { occupied.Close() })
	port := occupied.Addr().(*net.TCPAddr).Port

	tests := map[string]struct {
		config temporalserver.Options
		flag   string
	}{
		"server": {temporalserver.Options{Port: port}, "-temporal-port"},
		"Web UI": {temporalserver.Options{UIPort: port}, "-ui-port"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.config.Dir = t.TempDir() + "/untouched"
			s, err := temporalserver.Start(t.Context(), test.config)
			if err == nil {
				s.Stop()
				t.Fatal("started")
			}
			_, number, _ := net.SplitHostPort(occupied.Addr().String())
			for _, want := range []string{number, test.flag} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not name %s", err, want)
				}
			}
			mustNotExist(t, test.config.Dir)
		})
	}
}

func TestStart_RetainsClosedExecutions(t *testing.T) {
	t.Parallel()
	namespace, err := dial(t, shared(t).Address()).WorkflowService().DescribeNamespace(t.Context(),
		&workflowservice.DescribeNamespaceRequest{Namespace: temporalserver.Namespace})
	if err != nil {
		t.Fatal(err)
	}
	// The Web UI shall show the executions of an agreement and its renewal.
	if retention := namespace.Config.WorkflowExecutionRetentionTtl.AsDuration(); retention < 2*365*24*time.Hour {
		t.Errorf("closed executions are retained for %s", retention)
	}
}

func TestAddNamespace_IsUsableImmediately(t *testing.T) {
	t.Parallel()
	s := shared(t)
	if err := s.AddNamespace(t.Context(), "other"); err != nil {
		t.Fatal(err)
	}
	c, err := client.NewClientFromExistingWithContext(t.Context(), dial(t, s.Address()), client.Options{Namespace: "other", Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "in-other", TaskQueue: queue,
		TypedSearchAttributes: temporal.NewSearchAttributes(temporalx.OfficeKey.ValueSet("office-1")),
	}, Wait, time.Hour); err != nil {
		t.Fatal(err)
	}
}

func TestStart_SuggestsContinueAsNewByNamespace(t *testing.T) {
	t.Parallel()
	s := start(t, temporalserver.Options{NoUI: true, SuggestContinueAsNew: map[string]int{"short": 5}})
	if err := s.AddNamespace(t.Context(), "short"); err != nil {
		t.Fatal(err)
	}
	for namespace, want := range map[string]bool{"short": true, temporalserver.Namespace: false} {
		c, err := client.DialContext(t.Context(), client.Options{HostPort: s.Address(), Namespace: namespace, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "signalled", TaskQueue: queue}, Wait, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if err := c.SignalWorkflow(t.Context(), "signalled", "", "other", nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.SignalWorkflow(t.Context(), "signalled", "", "go", nil); err != nil {
			t.Fatal(err)
		}
		work(t, c)
		if err := run.Get(eventually.Context(t), nil); err != nil {
			t.Fatal(err)
		}
		isSuggested := false
		for events := c.GetWorkflowHistory(t.Context(), "signalled", "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
			event, err := events.Next()
			if err != nil {
				t.Fatal(err)
			}
			isSuggested = isSuggested || event.GetWorkflowTaskStartedEventAttributes().GetSuggestContinueAsNew()
		}
		if isSuggested != want {
			t.Errorf("%s: continue-as-new is suggested: %t", namespace, isSuggested)
		}
	}
}

func TestStart_RegistersSearchAttributes(t *testing.T) {
	t.Parallel()
	c := dial(t, shared(t).Address())

	unknown := temporal.NewSearchAttributeKeyKeyword("Unregistered")

	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "unknown", TaskQueue: queue,
		TypedSearchAttributes: temporal.NewSearchAttributes(unknown.ValueSet("x")),
	}, Wait, time.Hour)
	if err == nil {
		t.Error("Temporal accepted a start with an unknown search attribute")
	}

	attributes := append(temporalx.SubjectAttributes(collaboration.Subject{OfficeID: "office-1", CustomerID: "x", SolutionID: "x"}),
		temporalx.StateKey.ValueSet("x"), temporalx.AgreementEndKey.ValueSet(time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)))
	if _, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "known", TaskQueue: queue, TypedSearchAttributes: temporal.NewSearchAttributes(attributes...),
	}, Wait, time.Hour); err != nil {
		t.Fatal(err)
	}
	query := temporalx.OfficeKey.GetName() + ` = "office-1" AND ` + temporalx.AgreementEndKey.GetName() + ` < "2027-02-01T00:00:00Z"`
	awaitCount(t, c, query, 1)
}

// awaitCount retries, because visibility is eventually consistent.
func awaitCount(t *testing.T, c client.Client, query string, want int64) {
	t.Helper()
	eventually.OK(t, fmt.Sprintf("%d workflows match %s", want, query), func() error {
		found, err := c.CountWorkflow(eventually.Context(t), &workflowservice.CountWorkflowExecutionsRequest{Namespace: temporalserver.Namespace, Query: query})
		if err == nil && found.Count != want {
			err = fmt.Errorf("%d match", found.Count)
		}
		return err
	})
}
