package attached_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"

	"countersign/dev/attached"
	"countersign/dev/port"
	"countersign/dev/stack"
	"countersign/dev/temporalserver/temporaltest"
	"countersign/internal/eventually"
)

func TestMain(m *testing.M) { temporaltest.Main(m) }

func dial(t *testing.T) client.Client {
	t.Helper()
	c, err := client.DialContext(eventually.Context(t), client.Options{HostPort: temporaltest.Server.Address(), Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// bareNamespace creates a namespace without search attributes.
func bareNamespace(t *testing.T, c client.Client) string {
	t.Helper()
	name := strings.ToLower(strings.ReplaceAll(t.Name(), "/", "-"))
	_, err := c.WorkflowService().RegisterNamespace(eventually.Context(t), &workflowservice.RegisterNamespaceRequest{
		Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(24 * 3600e9),
	})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func options(t *testing.T, at stack.Temporal) stack.Options {
	return stack.Options{Dir: t.TempDir(), Temporal: at, Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))}
}

func TestRun_ActivatesOnRunningTemporal(t *testing.T) {
	t.Parallel()
	namespace := bareNamespace(t, dial(t))
	ctx, stop := context.WithCancel(t.Context())
	ready, stopped := make(chan stack.Addresses, 1), make(chan error, 1)
	go func() {
		stopped <- attached.Run(ctx, options(t, stack.Temporal{Address: temporaltest.Server.Address(), Namespace: namespace}), func(a stack.Addresses) { ready <- a })
		close(ready)
	}()
	t.Cleanup(func() {
		stop()
		if err := eventually.Receive(t, "the stack stops", stopped); err != nil {
			t.Errorf("the stack ended with: %v", err)
		}
	})
	a := eventually.Receive(t, "the stack is ready", ready)
	if a.Temporal != temporaltest.Server.Address() || a.Namespace != namespace || a.WebUI != "" {
		t.Fatalf("the stack runs at %+v", a)
	}

	var accepted struct{ ID string }
	eventually.OK(t, "the activation is accepted", func() error {
		return call(t, http.MethodPost, a.API+"/v1/activations", map[string]any{
			"customer_id": "c-1008", "solution_id": "financial-overview", "task_id": "t-1008-1", "invoice_recipient": "customer",
			"contact": map[string]any{"name": "Ture Tvätt", "email": "ture@tvatt.example", "phone": "070-123 45 67"},
		}, &accepted)
	})
	eventually.OK(t, "the activation awaits the customer's answer", func() error {
		var activation struct{ State string }
		if err := call(t, http.MethodGet, a.API+"/v1/activations/"+accepted.ID, nil, &activation); err != nil {
			return err
		}
		if activation.State != "awaiting_approval" {
			return fmt.Errorf("its state is %s", activation.State)
		}
		return nil
	})
	eventually.OK(t, "the workflow is found by a search attribute in the namespace", func() error {
		found, err := dial(t).WorkflowService().CountWorkflowExecutions(eventually.Context(t), &workflowservice.CountWorkflowExecutionsRequest{Namespace: namespace, Query: `CustomerId = "c-1008"`})
		if err == nil && found.Count == 0 {
			err = fmt.Errorf("none is found")
		}
		return err
	})
}

// call returns an error if the API is overloaded and the client must retry.
func call(t *testing.T, method, url string, body, answer any) error {
	t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(eventually.Context(t), method, url, bytes.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+stack.ManagerToken)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", t.Name()+method)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s %s, %v", method, url, response.Status, text, err)
		if response.StatusCode != http.StatusServiceUnavailable {
			t.Fatal(err)
		}
		return err
	}
	if err := json.Unmarshal(text, answer); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return nil
}

func TestRun_RefusesUnusableTemporal(t *testing.T) {
	t.Parallel()
	c := dial(t)
	wrongType := bareNamespace(t, c)
	_, err := c.OperatorService().AddSearchAttributes(eventually.Context(t), &operatorservice.AddSearchAttributesRequest{
		Namespace: wrongType, SearchAttributes: map[string]enums.IndexedValueType{"AgreementEnds": enums.INDEXED_VALUE_TYPE_KEYWORD},
	})
	if err != nil {
		t.Fatal(err)
	}
	unused, err := port.Reserve(0, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		at   stack.Temporal
		want []string
	}{
		"no server":           {stack.Temporal{Address: port.Address(unused), Namespace: "default"}, []string{port.Address(unused), "temporal server start-dev"}},
		"no namespace":        {stack.Temporal{Address: temporaltest.Server.Address(), Namespace: "missing"}, []string{temporaltest.Server.Address(), `no namespace "missing"`, "temporal operator namespace create"}},
		"an attribute's type": {stack.Temporal{Address: temporaltest.Server.Address(), Namespace: wrongType}, []string{"AgreementEnds", "Keyword", "must have Datetime"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := attached.Run(eventually.Context(t), options(t, tt.at), func(stack.Addresses) { t.Error("the stack is ready") })
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is missing in: %v", want, err)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %v", err)
			}
		})
	}
}

func TestFindWebUI_AsksTheNeighbouringPort(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	ui := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/settings" {
			t.Errorf("got a request for %s", r.URL)
		}
		w.WriteHeader(status)
	}))
	defer ui.Close()
	_, number, err := net.SplitHostPort(ui.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	uiPort, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	address := port.Address(uiPort - 1000)
	if got, want := attached.FindWebUI(t.Context(), address), "http://localhost:"+number; got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	status = http.StatusNotFound
	for _, address := range []string{address, "localhost", "localhost:name"} {
		if got := attached.FindWebUI(t.Context(), address); got != "" {
			t.Errorf("%s: found %q", address, got)
		}
	}
}
