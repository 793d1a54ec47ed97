package rehearsal_test

import (
	"net/http"
	"regexp"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"countersign/collaboration"
	"countersign/dev/harness"
)

const nextKey = "2026-09:OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk="

// An API process lacks the master key. An operator reads a history without the Web UI.
func historiesAreEncrypted(r *runbookScenario) {
	id, email := r.invite()
	r.see("`decoded` as a warning with an `error`")
	r.settings = []string{"COUNTERSIGN_ENCRYPTION_KEYS=" + nextKey}
	if code, output := r.try("countersign check api"); code != 1 || !strings.Contains(output, "FAILED") || !strings.Contains(output, "COUNTERSIGN_ENCRYPTION_KEYS") {
		r.t.Errorf("an API process with another key: exit code %d: %s", code, output)
	}
	needs := `needs the master key "2026-01"`
	r.see("`encryption: data key … needs the master key")
	if code, output := r.try("countersign check"); code != 1 || !strings.Contains(output, needs) {
		r.t.Errorf("another key: exit code %d: %s, want %q", code, output, needs)
	}
	r.settings = nil
	r.wants("all data keys can be unwrapped", "countersign check worker")
	r.see("`decoded` as a warning with an `error`")
	r.do("countersign check api")

	r.see("The Web UI shows no clear text")
	line := r.written(`temporal workflow show --workflow-id … --codec-endpoint COUNTERSIGN_PUBLIC_URL/codec --codec-auth "Bearer TOKEN"`,
		"…", id.WorkflowID(), "COUNTERSIGN_PUBLIC_URL", r.At.API, "TOKEN", r.Token)
	if got := r.showWorkflow(line, id); !strings.Contains(got, email) {
		r.t.Errorf("%s shows %s", line, got)
	}
	operator := strings.TrimSpace(r.do("countersign keys digest operator@countersign.example", "operator@countersign.example", harness.ManagerEmail))
	if !strings.Contains(r.site.APIs[0].Output.String(), `"operator":"`+operator+`"`) {
		r.t.Errorf("the log does not have a read by the operator %s", operator)
	}

	r.Cancel(id)
	r.AwaitState(id, collaboration.Withdrawn)
	r.see("`decoded` with `still_sealed` above zero")
	r.do("countersign audit ID", "ID", string(id))
	r.CheckAudit(id)
}

// A master key is replaced while activations await approval.
func masterKeyIsReplaced(r *runbookScenario) {
	id, email := r.invite()
	restartWithKeys(r.site, harness.EncryptionKeys+","+nextKey)
	restartWithKeys(r.site, nextKey+","+harness.EncryptionKeys)
	r.see("Master keys")
	r.wants("rewrapped", "countersign keys rotate")
	restartWithKeys(r.site, nextKey)
	r.wants("encryption keys ok 2026-09 is active; all data keys can be unwrapped", "countersign check")
	r.Customer(email).Approve(r.link(email))
	r.AwaitState(id, collaboration.Active)
}

// restartWithKeys restarts every process with these master keys.
func restartWithKeys(s *harness.Site, keys string) {
	s.T.Helper()
	s.Keys = keys
	for _, p := range s.Processes() {
		p.Set("COUNTERSIGN_ENCRYPTION_KEYS", keys)
		p.Stop()
		p.Start()
	}
}

// showWorkflow returns the input of a workflow execution, as Temporal's command line
// shows it. The test has no such program; both call the codec endpoint by the SDK.
func (r *runbookScenario) showWorkflow(line string, id collaboration.ActivationID) string {
	r.t.Helper()
	flags := regexp.MustCompile(`--workflow-id (\S+) --codec-endpoint (\S+) --codec-auth "([^"]+)"$`).FindStringSubmatch(line)
	if flags == nil || flags[1] != id.WorkflowID() {
		r.t.Fatalf("the test does not understand %s", line)
	}
	c, err := client.Dial(client.Options{HostPort: r.At.Temporal})
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	first, err := c.GetWorkflowHistory(r.t.Context(), flags[1], "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT).Next()
	if err != nil {
		r.t.Fatal(err)
	}
	remote := converter.NewRemoteDataConverter(converter.GetDefaultDataConverter(), converter.RemoteDataConverterOptions{
		Endpoint: flags[2], ModifyRequest: func(request *http.Request) error { request.Header.Set("Authorization", flags[3]); return nil },
	})
	return strings.Join(remote.ToStrings(first.GetWorkflowExecutionStartedEventAttributes().Input), "\n")
}
