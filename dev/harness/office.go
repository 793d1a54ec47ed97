package harness

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/api/present"
	"countersign/api/rest"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/collaboration/anchor"
	"countersign/dev/stack"
	"countersign/internal/eventually"
)

// Office is a client of the API with the rights of one access token, which also
// reads the inbox and has the operators' settings of the database and Temporal.
type Office struct {
	T     *testing.T
	At    stack.Addresses
	Token string
	// DatabaseURL and EncryptionKeys are settings of the product.
	DatabaseURL, EncryptionKeys string

	temporal *temporalClient
}

// NewOffice returns a manager of the first office.
func NewOffice(t *testing.T, at stack.Addresses, databaseURL, encryptionKeys string) *Office {
	return &Office{
		T: t, At: at, Token: stack.ManagerToken, DatabaseURL: databaseURL, EncryptionKeys: encryptionKeys,
		temporal: &temporalClient{t: t},
	}
}

// As returns a client of the same product with another token, or of another test.
func (o *Office) As(t *testing.T, token string) *Office {
	other := *o
	other.T, other.Token = t, token
	return &other
}

// TemporalAddress returns the server and namespace of the stack.
func (o *Office) TemporalAddress() stack.Temporal {
	return stack.Temporal{Address: o.At.Temporal, Namespace: o.At.Namespace}
}

// OperatorEnvironment returns the settings of an operator's commands.
func (o *Office) OperatorEnvironment() []string {
	return []string{
		"TEMPORAL_ADDRESS=" + o.At.Temporal, "TEMPORAL_NAMESPACE=" + o.At.Namespace,
		"COUNTERSIGN_DATABASE_URL=" + o.DatabaseURL, "COUNTERSIGN_ENCRYPTION_KEYS=" + o.EncryptionKeys,
	}
}

// Call sends a request and decodes the response into out, unless out is nil.
func (o *Office) Call(method, path string, body, out any) *http.Response {
	o.T.Helper()
	response, err := o.TryWithHeader(nil, method, path, body, out)
	if err != nil {
		o.T.Fatalf("%s %s: %v", method, path, err)
	}
	return response
}

// TryWithHeader is Call with headers, for requests that may fail.
func (o *Office) TryWithHeader(header http.Header, method, path string, body, out any) (*http.Response, error) {
	return o.TryWithClient(http.DefaultClient, header, method, path, body, out)
}

// TryWithClient is TryWithHeader with another HTTP client.
func (o *Office) TryWithClient(by *http.Client, header http.Header, method, path string, body, out any) (*http.Response, error) {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, o.At.API+path, content)
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("Authorization", "Bearer "+o.Token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := by.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil || out == nil {
		return response, err
	}
	return response, json.Unmarshal(raw, out)
}

// Activation reads an activation. It fails the test if the API does not return it.
func (o *Office) Activation(id collaboration.ActivationID) (a rest.ActivationView) {
	o.T.Helper()
	if r := o.Call(http.MethodGet, "/v1/activations/"+string(id), nil, &a); r.StatusCode != http.StatusOK {
		o.T.Fatalf("activation %s: %s", id, r.Status)
	}
	return a
}

// Activate requests an activation, which must be accepted.
func (o *Office) Activate(r collaboration.Request) collaboration.ActivationID {
	o.T.Helper()
	var accepted rest.AcceptedView
	response := o.Call(http.MethodPost, "/v1/activations", r, &accepted)
	if response.StatusCode != http.StatusAccepted {
		o.T.Fatalf("activate: %s", response.Status)
	}
	return accepted.ID
}

// AwaitState waits until an activation is in a state.
func (o *Office) AwaitState(id collaboration.ActivationID, state collaboration.State) rest.ActivationView {
	o.T.Helper()
	return o.AwaitActivation(id, string(state), func(a rest.ActivationView) bool { return a.State == state && !startIsDue(a) })
}

// startIsDue reports whether an approved agreement starts today and has not started, which
// lasts an instant.
func startIsDue(a rest.ActivationView) bool {
	return a.State == collaboration.Active && !collaboration.DateOf(time.Now()).Before(a.Agreement.StartsOn) &&
		Happened(collaboration.ActionAgreementStarted, 0)(a) && Happened(collaboration.ActionTakenOver, 0)(a)
}

// AwaitTerm waits until an agreement is in its n-th term.
func AwaitTerm(o *Office, id collaboration.ActivationID, n int) rest.ActivationView {
	o.T.Helper()
	return o.AwaitActivation(id, fmt.Sprintf("in term %d", n), func(a rest.ActivationView) bool {
		return a.Agreement != nil && a.Agreement.Term == n
	})
}

// AwaitActivation waits until an activation meets a condition. The description is a
// predicate for messages, such as "reminded".
func (o *Office) AwaitActivation(id collaboration.ActivationID, description string, isMet func(rest.ActivationView) bool) (a rest.ActivationView) {
	o.T.Helper()
	eventually.OK(o.T, "the activation is "+description, func() error {
		if a = o.Activation(id); !isMet(a) {
			return fmt.Errorf("it is %s; events %s", a.State, Actions(a))
		}
		return nil
	})
	return a
}

// Happened is met when an action was recorded a number of times.
func Happened(action collaboration.Action, times int) func(rest.ActivationView) bool {
	return func(a rest.ActivationView) bool {
		n := 0
		for _, e := range a.Events {
			if e.Action == action {
				n++
			}
		}
		return n == times
	}
}

// HasHappened is met when an action was recorded.
func HasHappened(action collaboration.Action) func(rest.ActivationView) bool {
	return func(a rest.ActivationView) bool {
		return slices.ContainsFunc(a.Events, func(e present.Event) bool { return e.Action == action })
	}
}

// Actions returns the recorded actions in order, without notifications and access
// rights: those are recorded beside the workflow and may come later.
func Actions(a rest.ActivationView) string {
	var all []string
	for _, e := range a.Events {
		switch e.Action {
		case collaboration.ActionNotificationSent, collaboration.ActionAccessGranted, collaboration.ActionAccessRevoked:
		default:
			all = append(all, string(e.Action))
		}
	}
	return strings.Join(all, " ")
}

// MustChange sends a change of an activation, which must succeed.
func (o *Office) MustChange(method string, id collaboration.ActivationID, path string, body any) (s rest.StatusView) {
	o.T.Helper()
	if r := o.Call(method, "/v1/activations/"+string(id)+path, body, &s); r.StatusCode != http.StatusOK {
		o.T.Fatalf("%s %s: %s", method, path, r.Status)
	}
	return s
}

// CheckAudit verifies the exported audit of an activation, with its signatures.
func (o *Office) CheckAudit(id collaboration.ActivationID) {
	o.T.Helper()
	var file json.RawMessage
	o.Call(http.MethodGet, "/v1/activations/"+string(id)+"/audit", nil, &file)
	var keys anchor.Keys
	o.Call(http.MethodGet, "/.well-known/countersign-audit-keys.json", nil, &keys)
	report, err := collaboration.VerifyAudit(bytes.NewReader(file))
	if err := errors.Join(err, anchor.Check(report.File, keys)); err != nil {
		o.T.Error(err)
	}
}

// CountActivations returns the number of the office's activations.
func (o *Office) CountActivations() int {
	o.T.Helper()
	return len(ListAll[rest.ActivationView](o, "/v1/activations"))
}

// ListAll reads every page of a list.
func ListAll[T any](o *Office, path string) (all []T) {
	o.T.Helper()
	path, query, _ := strings.Cut(path, "?")
	for cursor := ""; ; {
		var page endpoint.ListView[T]
		if r := o.Call(http.MethodGet, path+"?limit=200&cursor="+cursor+"&"+query, nil, &page); r.StatusCode != http.StatusOK {
			o.T.Fatalf("%s: %s", path, r.Status)
		}
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			return all
		}
	}
}
