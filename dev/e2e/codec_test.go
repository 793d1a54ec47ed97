package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"countersign/collaboration"
)

// Temporal's own command line and programs have histories opened by an operator's
// token; a manager's opens nothing, and nobody's neither.
func TestAnOperatorsTokenOpensHistories(t *testing.T) {
	o := start(t, parts[0].use)
	request := requests[2].request // a new customer
	id := o.activate(request)
	o.await(id, collaboration.AwaitingApproval)
	sealed := o.input(id)
	if says := data(sealed); strings.Contains(says, request.Contact.Name) || strings.Contains(says, request.Contact.Email) {
		t.Fatalf("the engine holds who was invited: %s", says)
	}
	for name, tt := range map[string]struct {
		who   *office
		opens bool
	}{
		"an operator": {o.customer("olle@drift.example").office, true},
		"a manager":   {o, false},
		"somebody":    {o.customer("vera@nowhere.example").office, false},
		"nobody":      {o.with(t, ""), false},
	} {
		remote := converter.NewRemotePayloadCodec(converter.RemotePayloadCodecOptions{
			Endpoint: o.at.API + "/codec",
			ModifyRequest: func(r *http.Request) error {
				r.Header.Set("Authorization", "Bearer "+tt.who.token)
				return nil
			},
		})
		opened, err := remote.Decode(sealed)
		if says := data(opened); strings.Contains(says, request.Contact.Name) != tt.opens || (err == nil) != tt.opens {
			t.Errorf("%s: %v\n%s", name, err, says)
		}
	}
}

// input is what a run was given, as the engine holds it.
func (o *office) input(id collaboration.ActivationID) []*common.Payload {
	o.t.Helper()
	c, err := client.DialContext(o.t.Context(), client.Options{HostPort: o.at.Engine})
	if err != nil {
		o.t.Fatal(err)
	}
	defer c.Close()
	first, err := c.GetWorkflowHistory(o.t.Context(), id.WorkflowID(), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT).Next()
	if err != nil {
		o.t.Fatal(err)
	}
	return first.GetWorkflowExecutionStartedEventAttributes().GetInput().GetPayloads()
}

func data(payloads []*common.Payload) (all string) {
	for _, p := range payloads {
		all += string(p.Data)
	}
	return all
}
