package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/internal/servertest"
	"countersign/internal/temporalx"
)

// One trace has the spans from the request to the mail, without personal data.
func TestTraces_FromRequestToMail(t *testing.T) {
	collector := servertest.NewCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
	o := harness.StartStack(t, harness.Backends[0].Use)
	const trace = "0af7651916cd43dd8448eb211c80319c"
	contact := collaboration.Contact{Name: "Frans Fågel", Email: "frans@fagel.example", Phone: "+46701112233"}
	var accepted struct{ ID collaboration.ActivationID }
	r, err := o.TryWithHeader(http.Header{"Traceparent": {"00-" + trace + "-b7ad6b7169203331-01"}}, http.MethodPost, "/v1/activations", collaboration.Request{
		CustomerID: "c-1009", SolutionID: "financial-overview", TaskID: "t-1009-1", InvoiceRecipient: collaboration.PaidByCustomer, Contact: &contact,
	}, &accepted)
	if err != nil || r.StatusCode != http.StatusAccepted {
		t.Fatalf("activate: %v %v", r, err)
	}
	o.AwaitState(accepted.ID, collaboration.AwaitingApproval)
	link := o.Mails(contact.Email)[0].Links[0]
	o.Customer(contact.Email).Approve(link)
	o.AwaitState(accepted.ID, collaboration.Active)
	collector.Await(t, "send mail")
	collector.Await(t, "StartAgreement")
	collector.Await(t, "POST /v1/invitations/:link/decision")
	collector.Await(t, "POST /v1/activations")

	var names []string
	for _, s := range collector.Spans() {
		if servertest.Hex(s.TraceId) == trace && !slices.Contains(names, s.Service+" "+s.Name) {
			names = append(names, s.Service+" "+s.Name)
		}
		if id := s.Attribute("countersign.activation"); id != "" && id != string(accepted.ID) {
			t.Errorf("%s is about %s", s.Name, id)
		}
		if run := s.Attribute("temporalWorkflowID"); run != "" && run != temporalx.RetentionWorkflowID && !strings.Contains(run, accepted.ID.WorkflowID()) && !strings.Contains(run, string(accepted.ID)) {
			t.Errorf("%s belongs to %s", s.Name, run)
		}
		servertest.WantNoPersonalData(t, s, "frans", "fågel", "fagel", "1112233", "maja", "nils", "ekströms", "@", "%40", link[strings.LastIndex(link, "/")+1:])
	}
	for _, want := range []string{
		"countersign-api POST /v1/activations", "countersign-worker CheckTask", "countersign-worker ActivateSolution",
		"countersign-worker CreateAdministrator", "countersign-worker SendInvitation", "countersign-worker send mail",
	} {
		if !slices.Contains(names, want) {
			t.Errorf("%q is not in the trace, which has %q", want, names)
		}
	}
}
