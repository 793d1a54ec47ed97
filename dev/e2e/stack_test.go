package e2e_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"countersign/api"
	"countersign/collaboration"
	"countersign/dev/clock"
	"countersign/dev/engine"
	"countersign/dev/stack"
	"countersign/internal/codec"
	"countersign/internal/config"
	"countersign/internal/servertest"
	"countersign/internal/store"
)

// office is what a person at an office, and a customer with a mailbox, can do.
type office struct {
	t     *testing.T
	at    stack.Addresses
	token string
	// facts and keys are what an operator reads the engine by.
	facts, keys string
}

// with is somebody else at the same stack, or in another test.
func (o *office) with(t *testing.T, token string) *office {
	other := *o
	other.t, other.token = t, token
	return &other
}

// parts are the stores and caches that the product runs on.
var parts = []struct {
	name string
	use  func(*testing.T, *stack.Options)
}{
	{"embedded", func(*testing.T, *stack.Options) {}},
	{"real", func(t *testing.T, o *stack.Options) {
		o.DatabaseURL = servertest.Postgres(t)
		o.RedisURL = "redis://" + servertest.Redis(t)
	}},
}

// start runs a stack until the test ends.
func start(t *testing.T, change func(*testing.T, *stack.Options)) *office {
	t.Helper()
	o := stack.Options{Dir: t.TempDir(), Engine: engine.Config{NoUI: true}, Log: quiet()}
	change(t, &o)
	ctx, stop := context.WithCancel(context.Background())
	ready, stopped := make(chan stack.Addresses, 1), make(chan error, 1)
	go func() { stopped <- stack.Run(ctx, o, func(a stack.Addresses) { ready <- a }) }()
	t.Cleanup(func() {
		stop()
		if err := <-stopped; err != nil {
			t.Errorf("the stack stopped with: %v", err)
		}
	})
	select {
	case a := <-ready:
		return &office{t, a, stack.ManagerToken, cmp.Or(o.DatabaseURL, factsIn(o.Dir)), keysIn(t, o.Dir)}
	case err := <-stopped:
		stopped <- err
		t.Fatalf("the stack did not start: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("the stack did not start within a minute")
	}
	return nil
}

func quiet() *slog.Logger {
	level := slog.LevelError
	if os.Getenv("COUNTERSIGN_TEST_VERBOSE") != "" {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

// call sends a request and decodes the answer into out, where there is one.
func (o *office) call(method, path string, body, out any) *http.Response {
	o.t.Helper()
	response, err := o.tryWith(nil, method, path, body, out)
	if err != nil {
		o.t.Fatalf("%s %s: %v", method, path, err)
	}
	return response
}

func (o *office) tryWith(header http.Header, method, path string, body, out any) (*http.Response, error) {
	return o.tryBy(http.DefaultClient, header, method, path, body, out)
}

func (o *office) tryBy(by *http.Client, header http.Header, method, path string, body, out any) (*http.Response, error) {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, o.at.API+path, content)
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("Authorization", "Bearer "+o.token)
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

func (o *office) activation(id collaboration.ActivationID) (a api.ActivationView) {
	o.t.Helper()
	if r := o.call(http.MethodGet, "/v1/activations/"+string(id), nil, &a); r.StatusCode != http.StatusOK {
		o.t.Fatalf("activation %s: %s", id, r.Status)
	}
	return a
}

// activate asks for a collaboration, in the way the customer's scenario needs.
func (o *office) activate(r collaboration.Request) collaboration.ActivationID {
	o.t.Helper()
	var accepted api.AcceptedView
	response := o.call(http.MethodPost, "/v1/activations", r, &accepted)
	if response.StatusCode != http.StatusAccepted {
		o.t.Fatalf("activate: %s", response.Status)
	}
	return accepted.ID
}

// await waits until an activation is in a state.
func (o *office) await(id collaboration.ActivationID, state collaboration.State) api.ActivationView {
	o.t.Helper()
	var a api.ActivationView
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if a = o.activation(id); a.State == state {
			return a
		}
	}
	o.t.Fatalf("the activation is %s, want %s; events %s", a.State, state, actions(a))
	return a
}

// actions are what happened, but for what goes along with it: who was told and
// who got access. Letters may be sent a moment later.
func actions(a api.ActivationView) string {
	var all []string
	for _, e := range a.Events {
		switch e.Action {
		case collaboration.ActionLetterSent, collaboration.ActionAccessGranted, collaboration.ActionAccessRevoked:
		default:
			all = append(all, string(e.Action))
		}
	}
	return strings.Join(all, " ")
}

type letter struct {
	ID      string
	To      string
	Subject string
	Links   []string
}

// mails lists the inbox for an address, newest first.
func (o *office) mails(to string) (found []letter) {
	o.t.Helper()
	var all []letter
	response, err := http.Get(o.at.Inbox + "/messages.json")
	if err != nil {
		o.t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&all); err != nil {
		o.t.Fatal(err)
	}
	for _, m := range all {
		if m.To == to {
			found = append(found, m)
		}
	}
	return found
}

func (o *office) forward(id collaboration.ActivationID, to time.Time) {
	o.t.Helper()
	c := o.engine()
	defer c.Close()
	now, err := clock.Now(o.t.Context(), c, id.WorkflowID())
	if err != nil {
		o.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(o.t.Context(), 60*time.Second)
	defer cancel()
	if err := clock.FastForward(ctx, c, id.WorkflowID(), to.Sub(now)); err != nil {
		o.t.Fatal(err)
	}
}

// factsIn and keysIn are where a stack keeps what it is not told.
func factsIn(dir string) string { return "sqlite:" + filepath.Join(dir, "facts.db") }

func keysIn(t *testing.T, dir string) string {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(dir, "encryption.key"))
	if err != nil {
		t.Fatal(err)
	}
	return "dev:" + string(key)
}

// engine reads what the product reads, and writes as it does.
func (o *office) engine() reader {
	o.t.Helper()
	facts, err := store.Open(o.t.Context(), o.facts, store.MaxConns(1))
	if err != nil {
		o.t.Fatal(err)
	}
	c, err := dialEngine(o.at.Engine, facts, o.keys)
	if err != nil {
		facts.Close()
		o.t.Fatal(err)
	}
	return reader{c, facts}
}

// reader closes what it looks keys up in, too.
type reader struct {
	client.Client
	facts *store.Store
}

func (r reader) Close() {
	r.Client.Close()
	r.facts.Close()
}

// dialEngine is a client with master keys, ID:BASE64 as in the settings.
func dialEngine(address string, facts *store.Store, keys string) (client.Client, error) {
	var masters []codec.MasterKey
	for one := range strings.SplitSeq(keys, ",") {
		var k config.MasterKey
		if err := k.UnmarshalText([]byte(one)); err != nil {
			return nil, err
		}
		masters = append(masters, codec.MasterKey{ID: k.ID, Key: k.Key})
	}
	c, err := codec.New(facts, masters...)
	if err != nil {
		return nil, err
	}
	options := client.Options{HostPort: address, Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))}
	if err := c.Protect(&options); err != nil {
		return nil, err
	}
	return client.Dial(options)
}

// plainEngine sees what the engine keeps, as who has no key sees it.
func (o *office) plainEngine() client.Client {
	o.t.Helper()
	c, err := client.Dial(client.Options{HostPort: o.at.Engine, Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		o.t.Fatal(err)
	}
	return c
}
