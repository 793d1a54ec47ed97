package codec_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/failure/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	temporallog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"countersign/collaboration"
	"countersign/internal/codec"
)

// engine is one that takes what it is told, and answers a query with it.
type engine struct {
	workflowservice.UnimplementedWorkflowServiceServer
	address string

	mu      sync.Mutex
	started *workflowservice.StartWorkflowExecutionRequest
	failed  *workflowservice.RespondActivityTaskFailedRequest
	signals []*workflowservice.SignalWorkflowExecutionRequest
	refuse  int // so many calls
	answer  *common.Payloads
}

func startEngine(t *testing.T) *engine {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e, server := &engine{address: l.Addr().String()}, grpc.NewServer()
	workflowservice.RegisterWorkflowServiceServer(server, e)
	go server.Serve(l)
	t.Cleanup(server.Stop)
	return e
}

func (e *engine) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{Capabilities: &workflowservice.GetSystemInfoResponse_Capabilities{SdkMetadata: true}}, nil
}

func (e *engine) StartWorkflowExecution(_ context.Context, r *workflowservice.StartWorkflowExecutionRequest) (*workflowservice.StartWorkflowExecutionResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.started = r
	return &workflowservice.StartWorkflowExecutionResponse{RunId: "run"}, nil
}

func (e *engine) SignalWorkflowExecution(_ context.Context, r *workflowservice.SignalWorkflowExecutionRequest) (*workflowservice.SignalWorkflowExecutionResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.signals = append(e.signals, r)
	if e.refuse--; e.refuse >= 0 {
		return nil, status.Error(codes.Unavailable, "try again")
	}
	return &workflowservice.SignalWorkflowExecutionResponse{}, nil
}

func (e *engine) QueryWorkflow(context.Context, *workflowservice.QueryWorkflowRequest) (*workflowservice.QueryWorkflowResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return &workflowservice.QueryWorkflowResponse{QueryResult: e.answer}, nil
}

// RespondActivityTaskFailed answers with what it was told.
func (e *engine) RespondActivityTaskFailed(_ context.Context, r *workflowservice.RespondActivityTaskFailedRequest) (*workflowservice.RespondActivityTaskFailedResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failed = r
	return &workflowservice.RespondActivityTaskFailedResponse{Failures: []*failure.Failure{r.Failure}}, nil
}

func (e *engine) client(t *testing.T, c *codec.Codec) client.Client {
	t.Helper()
	options := client.Options{HostPort: e.address, Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))}
	if err := c.Protect(&options); err != nil {
		t.Fatal(err)
	}
	reached, err := client.NewLazyClient(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reached.Close)
	return reached
}

// start starts an activation for a customer, and returns its key.
func (e *engine) start(t *testing.T, c client.Client, customer string) (id collaboration.ActivationID, key string) {
	t.Helper()
	id = collaboration.NewActivationID("office-1", customer, "scanner")
	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: id.WorkflowID(), TaskQueue: "q", StaticSummary: "summary of Moa", Memo: map[string]any{"memo": "Moa"},
		TypedSearchAttributes: temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyKeyword(collaboration.SearchCustomer).ValueSet(customer)),
	}, "Workflow", "Moa")
	if err != nil {
		t.Fatal(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if all := e.started.String(); strings.Contains(all, "Moa") || !strings.Contains(all, customer) {
		t.Errorf("the engine was told %s", all)
	}
	return id, keyOf(e.started.Input.Payloads[0])
}

func keyOf(p *common.Payload) string { return string(p.Metadata["encryption-key-id"]) }

func (e *engine) lastSignal() *common.Payload {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.signals[len(e.signals)-1].Input.Payloads[0]
}

func TestEachCustomerHasItsOwnKey(t *testing.T) {
	s := onSQLite(t)
	e := startEngine(t)
	c := e.client(t, newCodec(t, s, first))
	id, key := e.start(t, c, "c-1001")
	_, another := e.start(t, c, "c-1002")
	must(t, c.SignalWorkflow(t.Context(), "webhook-1-"+string(id)+"-1", "", "signal", "ids"))
	shared := keyOf(e.lastSignal())
	for _, run := range []string{id.WorkflowID(), "letter-" + string(id) + "-declined-0-0"} {
		must(t, c.SignalWorkflow(t.Context(), run, "", "signal", "Moa"))
		if got := keyOf(e.lastSignal()); got != key {
			t.Errorf("%s has the key %q, want %q", run, got, key)
		}
	}
	if key == another || key == shared || another == shared || key == "" || shared == "" {
		t.Errorf("keys %q, %q and %q", key, another, shared)
	}
	if k, _, err := s.DataKey(t.Context(), key); err != nil || k.CustomerID != "c-1001" {
		t.Errorf("the key is of %q, %v", k.CustomerID, err)
	}
}

// An erased customer's next activation has a new key at once, also from those
// who knew the old one.
func TestAnErasedKeySealsNothingMore(t *testing.T) {
	s := onSQLite(t)
	e := startEngine(t)
	here, there := newCodec(t, s, first), newCodec(t, s, first)
	id, key := e.start(t, e.client(t, here), "c-1001")
	must(t, e.client(t, there).SignalWorkflow(t.Context(), id.WorkflowID(), "", "signal", "Moa"))
	before := e.lastSignal()
	must(t, s.EraseCustomer(t.Context(), "office-1", "c-1001", "emp-maja", time.Now()))
	again, next := e.start(t, e.client(t, here), "c-1001")
	must(t, e.client(t, there).SignalWorkflow(t.Context(), again.WorkflowID(), "", "signal", "Moa"))
	if got := keyOf(e.lastSignal()); got != next || next == key {
		t.Errorf("keys %q, then %q and %q", key, next, got)
	}
	k := &keys{Store: s}
	late := newCodec(t, k, first)
	for range 10 {
		out, err := late.Decode([]*common.Payload{before})
		if err != nil || keyOf(out[0]) != key {
			t.Errorf("what was erased reads %v, %v", out, err)
		}
	}
	if k.asked != 1 {
		t.Errorf("a key that was erased was asked for %d times", k.asked)
	}
}

// What the database cannot say now is asked again, and harms nothing.
func TestACallIsTriedAgain(t *testing.T) {
	k := &keys{Store: onSQLite(t)}
	e := startEngine(t)
	c := e.client(t, newCodec(t, k, first))
	id, _ := e.start(t, c, "c-1001")

	e.refuse = 2
	must(t, c.SignalWorkflow(t.Context(), id.WorkflowID(), "", "signal", "Moa"))
	for _, s := range e.signals {
		if all := s.String(); strings.Contains(all, "Moa") || keyOf(s.Input.Payloads[0]) == "" {
			t.Errorf("tried with %s", all)
		}
	}
	if len(e.signals) != 3 {
		t.Errorf("tried %d times", len(e.signals))
	}

	k.fails = collaboration.Errorf(collaboration.CodeUnavailable, "away")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	k.asked = 0
	err := c.SignalWorkflow(ctx, id.WorkflowID(), "", "signal", "Moa")
	var unavailable *serviceerror.Unavailable
	var late *serviceerror.DeadlineExceeded
	if !errors.As(err, &unavailable) && !errors.As(err, &late) && !errors.Is(err, context.DeadlineExceeded) || k.asked < 2 {
		t.Errorf("%T %v, asked %d times", err, err, k.asked)
	}
	if len(e.signals) != 3 {
		t.Error("it was sent without a key")
	}
}

func TestAnswersAreOpened(t *testing.T) {
	s := onSQLite(t)
	e := startEngine(t)
	k := newCodec(t, s, first)
	for name, answer := range map[string]*common.Payload{
		"encrypted":   sealed(t, k, payload(`"Moa"`))[0],
		"unencrypted": payload(`"Moa"`),
	} {
		e.answer = &common.Payloads{Payloads: []*common.Payload{answer}}
		value, err := e.client(t, k).QueryWorkflow(t.Context(), "w", "", "query")
		if err != nil {
			t.Fatal(err)
		}
		var text string
		if err := value.Get(&text); err != nil || text != "Moa" {
			t.Errorf("%s: %q %v", name, text, err)
		}
	}
}

// An erased customer's run hears what it cannot read, and fails. A run whose key
// is only not in this database fails nothing but the call.
func TestKeysThatAreErasedAndKeysThatAreMissing(t *testing.T) {
	s := onSQLite(t)
	e := startEngine(t)
	c := e.client(t, newCodec(t, s, first))
	id, _ := e.start(t, c, "c-1001")
	must(t, c.SignalWorkflow(t.Context(), id.WorkflowID(), "", "signal", "Moa"))
	e.answer = &common.Payloads{Payloads: []*common.Payload{e.lastSignal()}}
	must(t, s.EraseCustomer(t.Context(), "office-1", "c-1001", "emp-maja", time.Now()))
	value, err := e.client(t, newCodec(t, s, first)).QueryWorkflow(t.Context(), "w", "", "query")
	must(t, err)
	var text string
	if err := value.Get(&text); err == nil || !strings.Contains(err.Error(), "erased") {
		t.Errorf("erased: %q %v", text, err)
	}
	if _, err = e.client(t, newCodec(t, onSQLite(t), first)).QueryWorkflow(t.Context(), "w", "", "query"); err == nil || !strings.Contains(err.Error(), keyOf(e.lastSignal())) {
		t.Errorf("missing: %v", err)
	}
}

// A step whose input was erased is over: trying it again would not mend it.
func TestWhatCannotBeReadFailsForGood(t *testing.T) {
	var options client.Options
	c := newCodec(t, onSQLite(t), first)
	must(t, c.Protect(&options))
	var text string
	err := options.DataConverter.FromPayload(sealed(t, c, payload("x"))[0], &text)
	f := options.FailureConverter.ErrorToFailure(errors.Join(errors.New("unable to decode"), err))
	if !f.GetApplicationFailureInfo().GetNonRetryable() || f.GetApplicationFailureInfo().GetType() != string(collaboration.CodeInternal) {
		t.Errorf("failure %v", f)
	}
	f = options.FailureConverter.ErrorToFailure(temporal.NewApplicationError("Moa", "mail_rejected"))
	if f.GetApplicationFailureInfo().GetNonRetryable() || f.GetApplicationFailureInfo().GetType() != "mail_rejected" {
		t.Errorf("failure %v", f)
	}
	p, err := options.DataConverter.ToPayload(map[string]string{"name": "Moa"})
	if err != nil || string(p.Metadata[converter.MetadataEncoding]) != converter.MetadataEncodingJSON {
		t.Errorf("%v %v", p, err)
	}
}

// A failure's text goes encrypted, also of one that came in and is passed on; and
// what is sent stays the sender's.
func TestTextsOfFailures(t *testing.T) {
	e := startEngine(t)
	c := e.client(t, newCodec(t, onSQLite(t), first))
	cause := &failure.Failure{Message: "Moa", Source: "GoSDK", EncodedAttributes: payload("left over")}
	request := &workflowservice.RespondActivityTaskFailedRequest{
		ResourceId: "workflow:batch-1", Failure: &failure.Failure{Message: "Moa", StackTrace: "Moa", Source: "GoSDK", Cause: cause},
	}
	before := proto.CloneOf(request)
	answer, err := c.WorkflowService().RespondActivityTaskFailed(t.Context(), request)
	must(t, err)
	if !proto.Equal(request, before) {
		t.Errorf("the request became %v", request)
	}
	f := e.failed.Failure
	if strings.Contains(f.String(), "Moa") || keyOf(f.EncodedAttributes) == "" || keyOf(f.Cause.EncodedAttributes) == "" {
		t.Errorf("the engine was told %v", f)
	}
	err = temporal.GetDefaultFailureConverter().FailureToError(answer.Failures[0])
	if inner := errors.Unwrap(err); !strings.Contains(err.Error(), "Moa") || inner == nil || inner.Error() != "Moa" {
		t.Errorf("it came back as %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
