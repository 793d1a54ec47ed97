package largeoffice

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/servertest"
	"countersign/internal/store"
	"countersign/internal/store/storetest"
)

// recorder is a Temporal that records the executions which were started.
type recorder struct {
	client.Client
	mu      sync.Mutex
	started map[collaboration.ActivationID]message.State
	// failAt is the number of the start that fails; 0 for none.
	failAt, calls int
}

func (r *recorder) ExecuteWorkflow(_ context.Context, _ client.StartWorkflowOptions, _ any, arguments ...any) (client.WorkflowRun, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := arguments[0].(message.State)
	r.started[s.Order.Activation] = s
	if r.calls++; r.calls == r.failAt {
		return nil, errInterrupted
	}
	return nil, nil
}

var errInterrupted = errors.New("interrupted")

// maxDuration is far above the time that Load needs, and below that of a loop without
// end or of a query without an index.
const maxDuration = time.Minute

func create(url string) error { return storetest.Create(context.Background(), url) }

// Load is interrupted and repeated. Afterwards the office is complete, and everything in
// it is as the product would have written it.
func TestLoad_MakesConsistentOffice(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short skips the large office")
	}
	for name, open := range map[string]func(*testing.T) string{
		"sqlite": func(t *testing.T) string {
			url := "sqlite:" + filepath.Join(t.TempDir(), "countersign.db")
			must(t, create(url))
			return url
		},
		"postgres": func(t *testing.T) string { return servertest.PostgresFrom(t, "seeded", create) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := open(t)
			s, err := store.Open(t.Context(), url)
			must(t, err)
			t.Cleanup(func() { s.Close() })
			temporal := &recorder{started: map[collaboration.ActivationID]message.State{}, failAt: 20}
			began := time.Now()
			if err := Load(t.Context(), url, s, temporal, began); !errors.Is(err, errInterrupted) {
				t.Fatalf("the interrupted start returned %v", err)
			}
			must(t, Load(t.Context(), url, s, temporal, began.Add(time.Hour)))
			if took := time.Since(began); took > maxDuration {
				t.Errorf("the office was made in %s, want at most %s", took, maxDuration)
			} else {
				t.Logf("made in %s", took)
			}
			c := check{t, s, temporal.started, began}
			c.customers()
			before := c.activations()
			must(t, Load(t.Context(), url, s, &recorder{}, time.Now()))
			if after := c.activations(); after != before {
				t.Errorf("another start changed %d activations to %d", before, after)
			}
		})
	}
}

// check checks the office in a database.
type check struct {
	*testing.T
	store   *store.Store
	started map[collaboration.ActivationID]message.State
	began   time.Time
}

func (c check) customers() {
	c.Helper()
	numbers, count := map[collaboration.OrganisationNumber]bool{}, 0
	for after := ""; ; {
		page, next, err := c.store.Customers(c.Context(), OfficeID, collaboration.CustomerFilter{Page: collaboration.Page{After: after, Limit: 100}})
		must(c.T, err)
		for _, customer := range page {
			count++
			number, err := collaboration.ParseOrganisationNumber(customer.OrganisationNumber.String())
			if err != nil || numbers[number] {
				c.Errorf("%s has the number %s: %v", customer.ID, number, err)
			}
			numbers[number] = true
			for _, a := range customer.Administrators {
				if !collaboration.ValidEmail(a.Email) || !strings.HasSuffix(a.Email, ".example") || a.Name == "" {
					c.Errorf("%s has the administrator %+v", customer.ID, a)
				}
			}
		}
		if after = next; after == "" {
			break
		}
	}
	if count != CustomerCount {
		c.Errorf("%d customers, want %d", count, CustomerCount)
	}
}

// activations checks every activation, and returns their number.
func (c check) activations() (count int) {
	c.Helper()
	states, phases, first, last := map[collaboration.State]int{}, map[string]int{}, c.began, time.Time{}
	for after := ""; ; {
		page, next, err := c.store.Activations(c.Context(), OfficeID, collaboration.ActivationFilter{Page: collaboration.Page{After: after, Limit: 100}})
		must(c.T, err)
		for _, a := range page {
			count++
			states[a.State]++
			phases[c.phase(a)]++
			if a.RequestedAt.Before(first) {
				first = a.RequestedAt
			}
			if a.RequestedAt.After(last) {
				last = a.RequestedAt
			}
			c.activation(a)
		}
		if after = next; after == "" {
			break
		}
	}
	for _, state := range collaboration.States() {
		if lasts := state != collaboration.Activating; lasts != (states[state] >= 5) {
			c.Errorf("%d activations are %s", states[state], state)
		}
	}
	for _, phase := range []string{"starts later", "running", "under notice", "ends on a day", "bounced", "paused", "reminded", "renewed"} {
		if phases[phase] < 3 {
			c.Errorf("%d activations are %q: %v", phases[phase], phase, phases)
		}
	}
	if last.Sub(first) < 365*24*time.Hour || last.After(c.began) {
		c.Errorf("requested from %s to %s, want a year", first, last)
	}
	want := 0
	for _, e := range makePlan() {
		for _, live := range []func(*life){e.before, e.live, e.also} {
			if live != nil {
				want++
			}
		}
	}
	if count != want || states[collaboration.Active]+states[collaboration.AwaitingApproval] != len(c.started) {
		c.Errorf("%d activations, want %d; %d executions: %v", count, want, len(c.started), states)
	}
	return count
}

func (c check) phase(a collaboration.Activation) string {
	today := collaboration.DateOf(c.began)
	switch g := a.Agreement; {
	case a.State == collaboration.AwaitingApproval && a.Delivery == collaboration.DeliveryBounced:
		return "bounced"
	case a.State == collaboration.AwaitingApproval && a.RemindersPaused:
		return "paused"
	case a.State == collaboration.AwaitingApproval && !a.RemindedAt.IsZero():
		return "reminded"
	case a.State != collaboration.Active:
		return string(a.State)
	case today.Before(g.StartsOn):
		return "starts later"
	case !g.EndOn.IsZero():
		return "ends on a day"
	case !g.Renews:
		return "under notice"
	case g.Term > 1:
		return "renewed"
	}
	return "running"
}

// activation checks the audit of an activation, and the state of its execution.
func (c check) activation(a collaboration.Activation) {
	c.Helper()
	file, err := c.store.Audit(c.Context(), a.ID)
	must(c.T, err)
	exported, err := json.Marshal(file)
	must(c.T, err)
	if _, err := collaboration.VerifyAudit(bytes.NewReader(exported)); err != nil {
		c.Errorf("%s: %v", a.ID, err)
	}
	for i, row := range file.Rows {
		if i > 0 && row.At.Before(file.Rows[i-1].At) && row.Action != collaboration.ActionMailDelivered && file.Rows[i-1].Action != collaboration.ActionMailDelivered {
			c.Errorf("%s: %s at %s is after %s at %s", a.ID, row.Action, row.At, file.Rows[i-1].Action, file.Rows[i-1].At)
		}
	}
	s, hasExecution := c.started[a.ID]
	if hasExecution != a.State.IsLive() {
		c.Errorf("%s is %s; it has an execution: %t", a.ID, a.State, hasExecution)
	}
	if !hasExecution {
		return
	}
	if s.Order.Activation != a.ID || s.Status.State != a.State || s.Status.Generation != a.Generation || !s.Status.ExpiresAt.Equal(a.ExpiresAt) {
		c.Errorf("%s is %+v, its execution has %+v", a.ID, a, s.Status)
	}
	// A deadline in the past would make the execution send a mail at its start.
	if a.State == collaboration.AwaitingApproval && !a.ExpiresAt.After(c.began) {
		c.Errorf("%s has expired at %s", a.ID, a.ExpiresAt)
	}
	if g := a.Agreement; g != nil && (!g.Ends().After(c.began) || !s.TermEndNotified && !s.Rules.NoticeAt(*g).After(c.began)) {
		c.Errorf("%s: the term's end is due: %+v", a.ID, g)
	}
	if next, ok := s.Rules.NextReminder(a.ExpiresAt, a.RemindedAt); a.State == collaboration.AwaitingApproval && !a.RemindersPaused && !s.Status.Bounced && ok && !next.At.After(c.began) {
		c.Errorf("%s: a reminder is due since %s", a.ID, next.At)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
