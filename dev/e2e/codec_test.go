package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"

	"countersign/collaboration"
	"countersign/dev/harness"
)

// Temporal's command line and other programs decrypt histories through the codec
// server, which accepts operators' tokens only.
func TestCodec_DecodesForOperatorsOnly(t *testing.T) {
	t.Parallel()
	o := harness.StartStack(t, harness.Backends[0].Use)
	request := harness.Scenarios[2].Request // a new customer
	id := o.Activate(request)
	o.AwaitState(id, collaboration.AwaitingApproval)
	encrypted := input(o, id)
	if text := data(encrypted); strings.Contains(text, request.Contact.Name) || strings.Contains(text, request.Contact.Email) {
		t.Fatalf("Temporal stores the contact in clear text: %s", text)
	}
	for name, tt := range map[string]struct {
		client  *harness.Office
		decodes bool
	}{
		"operator":                {o.Customer("olle@drift.example").Office, true},
		"manager":                 {o, false},
		"employee without rights": {o.Customer("vera@nowhere.example").Office, false},
		"no token":                {o.As(t, ""), false},
	} {
		remote := converter.NewRemotePayloadCodec(converter.RemotePayloadCodecOptions{
			Endpoint: o.At.API + "/codec",
			ModifyRequest: func(r *http.Request) error {
				r.Header.Set("Authorization", "Bearer "+tt.client.Token)
				return nil
			},
		})
		decoded, err := remote.Decode(encrypted)
		if text := data(decoded); strings.Contains(text, request.Contact.Name) != tt.decodes || (err == nil) != tt.decodes {
			t.Errorf("%s: decodes %t, want %t: %v\n%s", name, err == nil, tt.decodes, err, text)
		}
	}
}

// input returns the input of a workflow execution as Temporal stores it.
func input(o *harness.Office, id collaboration.ActivationID) []*common.Payload {
	o.T.Helper()
	c := o.TemporalWithoutKeys()
	defer c.Close()
	first, err := c.GetWorkflowHistory(o.T.Context(), id.WorkflowID(), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT).Next()
	if err != nil {
		o.T.Fatal(err)
	}
	return first.GetWorkflowExecutionStartedEventAttributes().GetInput().GetPayloads()
}

func data(payloads []*common.Payload) (all string) {
	for _, p := range payloads {
		all += string(p.Data)
	}
	return all
}
