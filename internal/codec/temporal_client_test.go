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
	"countersign/internal/eventually"
	"countersign/internal/temporalx"
)

// fakeTemporal records requests. It answers a query with a fixed result.
type fakeTemporal struct {
	workflowservice.UnimplementedWorkflowServiceServer
	address string

	mu      sync.Mutex
	started *workflowservice.StartWorkflowExecutionRequest
	failed  *workflowservice.RespondActivityTaskFailedRequest
	signals []*workflowservice.SignalWorkflowExecutionRequest
	refuse  int // the number of signals to refuse
	answer  *common.Payloads
}

func startFakeTemporal(t *testing.T) *fakeTemporal {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e, server := &fakeTemporal{address: l.Addr().String()}, grpc.NewServer()
	workflowservice.RegisterWorkflowServiceServer(server, e)
	go server.Serve(l)
	t.Cleanup(server.Stop)
	return e
}

func (e *fakeTemporal) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{Capabilities: &workflowservice.GetSystemInfoResponse_Capabilities{SdkMetadata: true}}, nil
}

func (e *fakeTemporal) StartWorkflowExecution(_ context.Context, r *workflowservice.StartWorkflowExecutionRequest) (*workflowservice.StartWorkflowExecutionResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.started = r
	return &workflowservice.StartWorkflowExecutionResponse{RunId: "run"}, nil
}

func (e *fakeTemporal) SignalWorkflowExecution(_ context.Context, r *workflowservice.SignalWorkflowExecutionRequest) (*workflowservice.SignalWorkflowExecutionResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.signals = append(e.signals, r)
	if e.refuse--; e.refuse >= 0 {
		return nil, status.Error(codes.Unavailable, "try again")
	}
	return &workflowservice.SignalWorkflowExecutionResponse{}, nil
}

func (e *fakeTemporal) QueryWorkflow(context.Context, *workflowservice.QueryWorkflowRequest) (*workflowservice.QueryWorkflowResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return &workflowservice.QueryWorkflowResponse{QueryResult: e.answer}, nil
}

// RespondActivityTaskFailed returns the failure that it received.
func (e *fakeTemporal) RespondActivityTaskFailed(_ context.Context, r *workflowservice.RespondActivityTaskFailedRequest) (*workflowservice.RespondActivityTaskFailedResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failed = r
	return &workflowservice.RespondActivityTaskFailedResponse{Failures: []*failure.Failure{r.Failure}}, nil
}

func (e *fakeTemporal) client(t *testing.T, c *codec.Codec) client.Client {
	t.Helper()
	options := client.Options{HostPort: e.address, Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))}
	if err := c.ConfigureClient(&options); err != nil {
		t.Fatal(err)
	}
	temporal, err := client.NewLazyClient(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(temporal.Close)
	return temporal
}

// start starts an activation for a customer and returns the ID of its data key.
func (e *fakeTemporal) start(t *testing.T, c client.Client, customer string) (id collaboration.ActivationID, key string) {
	t.Helper()
	id = collaboration.NewActivationID("office-1", customer, "scanner")
	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: id.WorkflowID(), TaskQueue: "q", StaticSummary: "summary of Moa Lindqvist", Memo: map[string]any{"memo": "Moa Lindqvist"},
		TypedSearchAttributes: temporal.NewSearchAttributes(temporalx.CustomerKey.ValueSet(customer)),
	}, "Workflow", "Moa Lindqvist")
	if err != nil {
		t.Fatal(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if all := e.started.String(); strings.Contains(all, "Moa Lindqvist") || !strings.Contains(all, customer) {
		t.Errorf("Temporal received %s", all)
	}
	return id, keyID(e.started.Input.Payloads[0])
}

func keyID(p *common.Payload) string { return string(p.Metadata["encryption-key-id"]) }

func (e *fakeTemporal) lastSignal() *common.Payload {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.signals[len(e.signals)-1].Input.Payloads[0]
}

func TestConfigureClient_UsesOneKeyPerCustomer(t *testing.T) {
	t.Parallel()
	s := newSQLiteStore(t)
	e := startFakeTemporal(t)
	c := e.client(t, newCodec(t, s, first))
	id, key := e.start(t, c, "c-1001")
	_, another := e.start(t, c, "c-1002")
	must(t, c.SignalWorkflow(t.Context(), "webhook-1-"+string(id)+"-1", "", "signal", "ids"))
	shared := keyID(e.lastSignal())
	for _, workflowID := range []string{id.WorkflowID(), "notification-" + string(id) + "-declined-0-0"} {
		must(t, c.SignalWorkflow(t.Context(), workflowID, "", "signal", "Moa Lindqvist"))
		if got := keyID(e.lastSignal()); got != key {
			t.Errorf("%s has the key %q, want %q", workflowID, got, key)
		}
	}
	if key == another || key == shared || another == shared || key == "" || shared == "" {
		t.Errorf("keys %q, %q and %q", key, another, shared)
	}
	if k, _, err := s.DataKey(t.Context(), key); err != nil || k.CustomerID != "c-1001" {
		t.Errorf("the key belongs to %q, %v", k.CustomerID, err)
	}
}

// Erasing a customer takes effect at once: a process that has the old key in its cache
// encrypts the next activation with a new one.
func TestErasedKey_EncryptsNothing(t *testing.T) {
	t.Parallel()
	s := newSQLiteStore(t)
	e := startFakeTemporal(t)
	process, otherProcess := newCodec(t, s, first), newCodec(t, s, first)
	id, key := e.start(t, e.client(t, process), "c-1001")
	must(t, e.client(t, otherProcess).SignalWorkflow(t.Context(), id.WorkflowID(), "", "signal", "Moa Lindqvist"))
	before := e.lastSignal()
	must(t, s.EraseCustomer(t.Context(), "office-1", "c-1001", "emp-maja", time.Now()))
	again, next := e.start(t, e.client(t, process), "c-1001")
	must(t, e.client(t, otherProcess).SignalWorkflow(t.Context(), again.WorkflowID(), "", "signal", "Moa Lindqvist"))
	if got := keyID(e.lastSignal()); got != next || next == key {
		t.Errorf("keys %q, then %q and %q", key, next, got)
	}
	k := &recordingStore{Store: s}
	late := newCodec(t, k, first)
	for range 10 {
		out, err := late.Decode([]*common.Payload{before})
		if err != nil || keyID(out[0]) != key {
			t.Errorf("got %v, %v", out, err)
		}
	}
	if k.lookups != 1 {
		t.Errorf("the erased key was looked up %d times", k.lookups)
	}
}

// A key that a signal creates belongs to its activation's customer, so that erasing the
// customer erases it.
func TestConfigureClient_NewKeyBelongsToStoredCustomer(t *testing.T) {
	t.Parallel()
	s := newSQLiteStore(t)
	id := collaboration.NewActivationID("office-1", "c-1001", "scanner")
	e := startFakeTemporal(t)
	c := e.client(t, newCodec(t, storeWithActivation{s, "c-1001"}, first))
	must(t, c.SignalWorkflow(t.Context(), id.WorkflowID(), "", "signal", "Moa Lindqvist"))
	key := keyID(e.lastSignal())
	if k, found, err := s.DataKey(t.Context(), key); err != nil || !found || k.CustomerID != "c-1001" || k.Subject == "" {
		t.Fatalf("key %+v, %t, %v", k, found, err)
	}
	must(t, s.EraseCustomer(t.Context(), "office-1", "c-1001", "emp-maja", time.Now()))
	if _, found, err := s.DataKey(t.Context(), key); found || err != nil {
		t.Errorf("after erasing the customer: found %t, %v", found, err)
	}
}

// storeWithActivation finds an activation of one customer for every subject.
type storeWithActivation struct {
	codec.Store
	customerID string
}

func (s storeWithActivation) CustomerOf(context.Context, string) (string, bool, error) {
	return s.customerID, true, nil
}

// The SDK retries a call after a failed key lookup, and the call is not sent unencrypted.
func TestConfigureClient_RetriesAfterFailedLookup(t *testing.T) {
	t.Parallel()
	k := &recordingStore{Store: newSQLiteStore(t)}
	e := startFakeTemporal(t)
	c := e.client(t, newCodec(t, k, first))
	id, _ := e.start(t, c, "c-1001")

	e.refuse = 2
	must(t, c.SignalWorkflow(t.Context(), id.WorkflowID(), "", "signal", "Moa Lindqvist"))
	for _, s := range e.signals {
		if all := s.String(); strings.Contains(all, "Moa Lindqvist") || keyID(s.Input.Payloads[0]) == "" {
			t.Errorf("sent %s", all)
		}
	}
	if len(e.signals) != 3 {
		t.Errorf("sent %d times", len(e.signals))
	}

	k.err = collaboration.Errorf(collaboration.CodeUnavailable, "down")
	ctx, cancel := context.WithCancel(eventually.Context(t))
	defer cancel()
	k.lookups, k.onLookup = 0, func(lookups int) {
		if lookups == 3 { // the caller gives up only after retries
			cancel()
		}
	}
	err := c.SignalWorkflow(ctx, id.WorkflowID(), "", "signal", "Moa Lindqvist")
	var unavailable *serviceerror.Unavailable
	var canceled *serviceerror.Canceled
	if !errors.As(err, &unavailable) && !errors.As(err, &canceled) && !errors.Is(err, context.Canceled) || k.lookups < 3 {
		t.Errorf("%T %v, %d lookups", err, err, k.lookups)
	}
	if len(e.signals) != 3 {
		t.Error("the signal was sent without a key")
	}
}

func TestConfigureClient_DecryptsResponses(t *testing.T) {
	t.Parallel()
	s := newSQLiteStore(t)
	e := startFakeTemporal(t)
	k := newCodec(t, s, first)
	for name, answer := range map[string]*common.Payload{
		"encrypted":   encrypt(t, k, payload(`"Moa Lindqvist"`))[0],
		"unencrypted": payload(`"Moa Lindqvist"`),
	} {
		e.answer = &common.Payloads{Payloads: []*common.Payload{answer}}
		value, err := e.client(t, k).QueryWorkflow(t.Context(), "w", "", "query")
		if err != nil {
			t.Fatal(err)
		}
		var text string
		if err := value.Get(&text); err != nil || text != "Moa Lindqvist" {
			t.Errorf("%s: %q %v", name, text, err)
		}
	}
}

// With required encryption, a plain payload cannot be read. It is no error of the call:
// otherwise any client of Temporal could stop an execution.
func TestConfigureClient_RequiresEncryption(t *testing.T) {
	t.Parallel()
	e := startFakeTemporal(t)
	k := newCodec(t, newSQLiteStore(t), first)
	k.RequireEncryption()
	c := e.client(t, k)
	for name, answer := range map[string]*common.Payload{"encrypted": encrypt(t, k, payload(`"Moa Lindqvist"`))[0], "plain": payload(`"Moa Lindqvist"`)} {
		e.answer = &common.Payloads{Payloads: []*common.Payload{answer}}
		value, err := c.QueryWorkflow(t.Context(), "w", "", "query")
		must(t, err)
		var text string
		err = value.Get(&text)
		if isRead := err == nil && text == "Moa Lindqvist"; isRead != (name == "encrypted") || !isRead && !strings.Contains(err.Error(), "is not encrypted") {
			t.Errorf("%s: %q %v", name, text, err)
		}
	}
}

// An erased key lets the call succeed and the workflow fail. A key that is not in this
// database fails only the call.
func TestConfigureClient_ErasedAndUnknownKeys(t *testing.T) {
	t.Parallel()
	s := newSQLiteStore(t)
	e := startFakeTemporal(t)
	c := e.client(t, newCodec(t, s, first))
	id, _ := e.start(t, c, "c-1001")
	must(t, c.SignalWorkflow(t.Context(), id.WorkflowID(), "", "signal", "Moa Lindqvist"))
	e.answer = &common.Payloads{Payloads: []*common.Payload{e.lastSignal()}}
	must(t, s.EraseCustomer(t.Context(), "office-1", "c-1001", "emp-maja", time.Now()))
	value, err := e.client(t, newCodec(t, s, first)).QueryWorkflow(t.Context(), "w", "", "query")
	must(t, err)
	var text string
	if err := value.Get(&text); err == nil || !strings.Contains(err.Error(), "erased") {
		t.Errorf("erased: %q %v", text, err)
	}
	if _, err = e.client(t, newCodec(t, newSQLiteStore(t), first)).QueryWorkflow(t.Context(), "w", "", "query"); err == nil || !strings.Contains(err.Error(), keyID(e.lastSignal())) {
		t.Errorf("unknown: %v", err)
	}
}

// An activity with unreadable input is not retried.
func TestConfigureClient_UnreadablePayloadIsNotRetried(t *testing.T) {
	t.Parallel()
	var options client.Options
	c := newCodec(t, newSQLiteStore(t), first)
	must(t, c.ConfigureClient(&options))
	var text string
	err := options.DataConverter.FromPayload(encrypt(t, c, payload("x"))[0], &text)
	f := options.FailureConverter.ErrorToFailure(errors.Join(errors.New("unable to decode"), err))
	if !f.GetApplicationFailureInfo().GetNonRetryable() || f.GetApplicationFailureInfo().GetType() != string(collaboration.CodeInternal) {
		t.Errorf("failure %v", f)
	}
	f = options.FailureConverter.ErrorToFailure(temporal.NewApplicationError("Moa Lindqvist", "mail_rejected"))
	if f.GetApplicationFailureInfo().GetNonRetryable() || f.GetApplicationFailureInfo().GetType() != "mail_rejected" {
		t.Errorf("failure %v", f)
	}
	p, err := options.DataConverter.ToPayload(map[string]string{"name": "Moa Lindqvist"})
	if err != nil || string(p.Metadata[converter.MetadataEncoding]) != converter.MetadataEncodingJSON {
		t.Errorf("%v %v", p, err)
	}
}

// The texts of failures are encrypted, including those that the SDK received and passes
// on. The caller's message is not modified.
func TestConfigureClient_EncryptsTextsOfFailures(t *testing.T) {
	t.Parallel()
	e := startFakeTemporal(t)
	c := e.client(t, newCodec(t, newSQLiteStore(t), first))
	cause := &failure.Failure{Message: "Moa Lindqvist", Source: "GoSDK", EncodedAttributes: payload("old")}
	request := &workflowservice.RespondActivityTaskFailedRequest{
		ResourceId: "workflow:batch-1", Failure: &failure.Failure{Message: "Moa Lindqvist", StackTrace: "Moa Lindqvist", Source: "GoSDK", Cause: cause},
	}
	before := proto.CloneOf(request)
	answer, err := c.WorkflowService().RespondActivityTaskFailed(t.Context(), request)
	must(t, err)
	if !proto.Equal(request, before) {
		t.Errorf("the request was modified: %v", request)
	}
	f := e.failed.Failure
	if strings.Contains(f.String(), "Moa Lindqvist") || keyID(f.EncodedAttributes) == "" || keyID(f.Cause.EncodedAttributes) == "" {
		t.Errorf("Temporal received %v", f)
	}
	err = temporal.GetDefaultFailureConverter().FailureToError(answer.Failures[0])
	if inner := errors.Unwrap(err); !strings.Contains(err.Error(), "Moa Lindqvist") || inner == nil || inner.Error() != "Moa Lindqvist" {
		t.Errorf("decrypted: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
