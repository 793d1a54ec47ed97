package codec_test

import (
	"errors"
	"strings"
	"testing"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/failure/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"
)

// wantMoved checks that an error names the workflow of a payload and its reader.
func wantMoved(t *testing.T, name string, err error, reader, owner string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), "workflow "+reader+" received a payload of workflow "+owner) {
		t.Errorf("%s: %v", name, err)
	}
}

// A copy of a payload does not decode in another workflow, even if both use the same
// data key.
func TestConfigureClient_RefusesPayloadOfAnotherWorkflow(t *testing.T) {
	t.Parallel()
	e := startFakeTemporal(t)
	k := newCodec(t, newSQLiteStore(t), first)
	k.RequireEncryption()
	c := e.client(t, k)
	id, key := e.start(t, c, "c-1001")
	activation, notification := id.WorkflowID(), "notification-"+string(id)+"-declined-0-0"
	must(t, c.SignalWorkflow(t.Context(), activation, "", "signal", "Moa Lindqvist"))
	copied := e.lastSignal()
	if keyID(copied) != key || strings.Contains(copied.String(), activation) {
		t.Errorf("the payload is %v", copied)
	}
	if decoded, err := k.Decode([]*common.Payload{copied}); err != nil || string(decoded[0].Data) != `"Moa Lindqvist"` || string(decoded[0].Metadata["workflow-id"]) != activation {
		t.Errorf("the codec server decodes %v, %v", decoded, err)
	}
	e.answer = &common.Payloads{Payloads: []*common.Payload{copied}}
	for _, reader := range []string{activation, notification} {
		value, err := c.QueryWorkflow(t.Context(), reader, "", "query")
		must(t, err)
		var text string
		err = value.Get(&text)
		if reader == notification {
			wantMoved(t, "another workflow of the subject", err, notification, activation)
		} else if err != nil || text != "Moa Lindqvist" {
			t.Errorf("its workflow reads %q, %v", text, err)
		}
	}
}

// Payloads from the codec server have no workflow: operators send them from the Web UI.
func TestConfigureClient_AcceptsPayloadFromCodecServer(t *testing.T) {
	t.Parallel()
	e := startFakeTemporal(t)
	k := newCodec(t, newSQLiteStore(t), first)
	k.RequireEncryption()
	e.answer = &common.Payloads{Payloads: encrypt(t, k, payload(`"Moa Lindqvist"`))}
	value, err := e.client(t, k).QueryWorkflow(t.Context(), "w", "", "query")
	must(t, err)
	var text string
	if err := value.Get(&text); err != nil || text != "Moa Lindqvist" {
		t.Errorf("%q %v", text, err)
	}
}

// clientOptions are the options of a client that encrypts.
func clientOptions(t *testing.T) (options client.Options) {
	t.Helper()
	must(t, newCodec(t, newSQLiteStore(t), first).ConfigureClient(&options))
	return options
}

// in returns the converters in the serialization context of a workflow.
func in(o client.Options, c converter.SerializationContext) (converter.DataConverter, converter.FailureConverter) {
	return converter.WithDataConverterSerializationContext(o.DataConverter, c), converter.WithFailureConverterSerializationContext(o.FailureConverter, c)
}

// The data converter binds the payloads of every serialization context with a workflow.
func TestDataConverter_BindsToWorkflow(t *testing.T) {
	t.Parallel()
	options := clientOptions(t)
	workflow, _ := in(options, converter.WorkflowSerializationContext{WorkflowID: "w-1"})
	activity, _ := in(options, converter.ActivitySerializationContext{WorkflowID: "w-1", ActivityType: "a"})
	other, _ := in(options, converter.WorkflowSerializationContext{WorkflowID: "w-2"})
	otherActivity, _ := in(options, converter.ActivitySerializationContext{WorkflowID: "w-2", ActivityType: "a"})
	raw := converter.NewRawValue(payload(`"text"`))
	for _, writer := range []converter.DataConverter{workflow, activity} {
		for _, value := range []any{"text", nil, []byte("bytes"), raw, &common.WorkflowType{Name: "message"}} {
			one, err := writer.ToPayload(value)
			must(t, err)
			many, err := writer.ToPayloads(value, value)
			must(t, err)
			for _, reader := range []converter.DataConverter{other, otherActivity} {
				var read converter.RawValue
				wantMoved(t, "one payload", reader.FromPayload(one, &read), "w-2", "w-1")
				wantMoved(t, "many payloads", reader.FromPayloads(many, &read, &read), "w-2", "w-1")
			}
			for _, reader := range []converter.DataConverter{workflow, activity, options.DataConverter} {
				var read converter.RawValue
				if err := errors.Join(reader.FromPayload(one, &read), reader.FromPayloads(many, &read, &read)); err != nil {
					t.Errorf("%v is not read by its workflow: %v", one, err)
				}
			}
		}
	}
	if unchanged := payload(`"text"`); !proto.Equal(raw.Payload(), unchanged) {
		t.Errorf("the caller's payload was changed to %v", raw.Payload())
	}
	if none, err := workflow.ToPayloads(); none != nil || err != nil {
		t.Errorf("no values became %v, %v", none, err)
	}
}

// A failure's details and text are bound, too. An activity that received a payload of
// another workflow is not retried.
func TestFailureConverter_BindsToWorkflow(t *testing.T) {
	t.Parallel()
	e := startFakeTemporal(t)
	k := newCodec(t, newSQLiteStore(t), first)
	c := e.client(t, k)
	options := clientOptions(t)
	_, writer := in(options, converter.ActivitySerializationContext{WorkflowID: "w-1"})
	request := &workflowservice.RespondActivityTaskFailedRequest{
		ResourceId: "workflow:w-1", Failure: writer.ErrorToFailure(temporal.NewApplicationError("Moa Lindqvist", "type", "detail")),
	}
	answer, err := c.WorkflowService().RespondActivityTaskFailed(t.Context(), request)
	must(t, err)
	for _, reader := range []string{"w-1", "w-2"} {
		_, failures := in(options, converter.WorkflowSerializationContext{WorkflowID: reader})
		// The texts of causes are bound, too.
		f := &failure.Failure{Message: "outer", FailureInfo: &failure.Failure_ApplicationFailureInfo{ApplicationFailureInfo: &failure.ApplicationFailureInfo{}}, Cause: proto.CloneOf(answer.Failures[0])}
		err := errors.Unwrap(failures.FailureToError(f))
		var application *temporal.ApplicationError
		if !errors.As(err, &application) {
			t.Fatalf("%s: %T %v", reader, err, err)
		}
		var detail string
		detailErr := application.Details(&detail)
		if reader == "w-2" {
			wantMoved(t, "text", err, "w-2", "w-1")
			wantMoved(t, "detail", detailErr, "w-2", "w-1")
			if f := failures.ErrorToFailure(detailErr); !f.GetApplicationFailureInfo().GetNonRetryable() {
				t.Errorf("the failure %v is retried", f)
			}
		} else if !strings.Contains(err.Error(), "Moa Lindqvist") || detailErr != nil || detail != "detail" {
			t.Errorf("its workflow reads %v, %q, %v", err, detail, detailErr)
		}
	}
}
