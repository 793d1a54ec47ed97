package e2e_test

import (
	"net/http"
	"regexp"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"countersign/collaboration"
	"countersign/dev/stack"
)

const nextKey = "2026-09:OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk="

// An api lacks the master key; an operator reads past the Web UI.
func historiesAreSealed(r *rehearsal) {
	id, email := r.invite()
	r.see("the same as a warning, with an `error`")
	r.settings = []string{"COUNTERSIGN_ENCRYPTION_KEYS=" + nextKey}
	if code, said := r.try("countersign check api"); code != 1 || !strings.Contains(said, "WRONG") || !strings.Contains(said, "COUNTERSIGN_ENCRYPTION_KEYS") {
		r.t.Errorf("an api with another key: exit code %d: %s", code, said)
	}
	needs := `needs the master key "2026-01"`
	r.see("`encryption: data key … needs the master key")
	if code, said := r.try("countersign check"); code != 1 || !strings.Contains(said, needs) {
		r.t.Errorf("another key: exit code %d: %s, want %q", code, said, needs)
	}
	r.settings = nil
	r.wants("all data keys can be unwrapped", "countersign check worker")
	r.see("the same as a warning, with an `error`")
	r.do("countersign check api")

	r.see("The Web UI shows no clear text")
	line := r.written(`temporal workflow show --workflow-id … --codec-endpoint COUNTERSIGN_PUBLIC_URL/codec --codec-auth "Bearer TOKEN"`,
		"…", id.WorkflowID(), "COUNTERSIGN_PUBLIC_URL", r.at.API, "TOKEN", stack.ManagerToken)
	if got := r.shows(line, id); !strings.Contains(got, email) {
		r.t.Errorf("it shows %s", got)
	}
	operator := r.do("printf %s operator@countersign.example | sha256sum", "operator@countersign.example", atOffice)[:12]
	if !strings.Contains(r.site.apis[0].said.String(), `"operator":"`+operator+`"`) {
		r.t.Errorf("the log does not say that %s read", operator)
	}

	r.cancel(id)
	r.await(id, collaboration.Withdrawn)
	r.see("`decoded` with `still_sealed` above zero")
	r.do("countersign audit ID", "ID", string(id))
	r.checkAudit(id)
}

// A master key is replaced while activations wait.
func aKeyShallBeReplaced(r *rehearsal) {
	id, email := r.invite()
	r.site.useKeys(siteKeys + "," + nextKey)
	r.site.useKeys(nextKey + "," + siteKeys)
	r.see("Keys and tokens")
	r.wants("rewrapped", "countersign keys rotate")
	r.site.useKeys(nextKey)
	r.wants("encryption keys ok 2026-09 is active; all data keys can be unwrapped", "countersign check")
	r.customer(email).approve(r.link(email))
	r.await(id, collaboration.Active)
}

// useKeys restarts everything with master keys.
func (s *site) useKeys(keys string) {
	s.t.Helper()
	s.keys = keys
	for _, p := range s.processes() {
		p.set("COUNTERSIGN_ENCRYPTION_KEYS", keys)
		p.stop(max(apiStops, workerStops))
		p.start()
	}
}

// shows is what Temporal's command line would show of a run's start. It is not
// run here; how it asks the endpoint is the SDK's, as in it.
func (r *rehearsal) shows(line string, id collaboration.ActivationID) string {
	r.t.Helper()
	flags := regexp.MustCompile(`--workflow-id (\S+) --codec-endpoint (\S+) --codec-auth "([^"]+)"$`).FindStringSubmatch(line)
	if flags == nil || flags[1] != id.WorkflowID() {
		r.t.Fatalf("%s is not understood", line)
	}
	c, err := client.Dial(client.Options{HostPort: r.at.Engine})
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
