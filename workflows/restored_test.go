package workflows_test

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/store"
	"countersign/internal/store/storetest"
)

// databaseTemplate is a migrated database with the customer of orderFor.
var databaseTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "workflows-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path, ctx := filepath.Join(dir, "countersign.db"), context.Background()
	if err := storetest.Create(ctx, "sqlite:"+path); err != nil {
		return nil, err
	}
	person := func(id, email string) collaboration.Administrator {
		return collaboration.Administrator{ID: id, Contact: collaboration.Contact{Name: id, Email: email, Phone: "070-174 06 05"}, MainContact: id == "admin-1"}
	}
	employees := []collaboration.Employee{
		{ID: "emp-1", OfficeID: "office-1", Name: "Ett", Email: "ett@office.example", Role: collaboration.RoleManager},
		{ID: "emp-2", OfficeID: "office-1", Name: "Tva", Email: "tva@office.example", Role: collaboration.RoleManager},
	}
	err = storetest.Load(ctx, "sqlite:"+path, storetest.Dataset{Employees: employees, Customers: []collaboration.Customer{{
		ID: "c-1", OfficeID: "office-1", OrganisationNumber: "5560160680", Name: "Kund", CreatedAt: requestedAt,
		Tasks: []collaboration.Task{{ID: "t-1", CustomerID: "c-1", OwnerID: "emp-1", Name: "Ett", Open: true}, {ID: "t-2", CustomerID: "c-1", OwnerID: "emp-2", Name: "Tva", Open: true}},
		Administrators: []collaboration.Administrator{
			person("admin-1", "ett@kund.example"), person("a-2", "tva@kund.example"), person("a-known", "known@kund.example"),
		},
		Subscriptions: []collaboration.Subscription{{SolutionID: "financial-overview", InvoiceRecipient: collaboration.PaidByCustomer, Since: requestedAt}},
	}}})
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func openDatabase(t *testing.T) *store.Store {
	t.Helper()
	content, err := databaseTemplate()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "countersign.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// TestRandomLives_AreRestoredFromTheDatabase compares the state of random lives with the state
// that their database gives, at each continue-as-new.
func TestRandomLives_AreRestoredFromTheDatabase(t *testing.T) {
	t.Parallel()
	compared := 0
	rapid.Check(t, func(r *rapid.T) {
		d := drawLife(r)
		// The database has the bounces that the provider reports, and not those of a command alone.
		d.sent = slices.DeleteFunc(d.sent, func(c sentCommand) bool { return c.c.Kind == collaboration.CommandReport })
		db := openDatabase(t)
		defer db.Close()
		s := newSceneWith(t, d.order.Scenario, d.catalogue())
		s.store = db
		s.newExecution(requestedAt)
		s.backend.fail["mail"] = d.refusal
		d.plan(s)
		for state, terms := message.NewState(d.order), 0; terms < 4; {
			s.execute(state)
			next, ok := s.carried()
			if !ok {
				return
			}
			if isQuiet(next) {
				compared++
				wantRestored(r, db, next)
			}
			state = next
			if next.Status.Agreement != nil {
				terms = next.Status.Agreement.Term
			}
			s.newExecution(s.env.Now())
		}
	})
	if compared < 50 {
		t.Errorf("compared %d states", compared)
	}
}

// isQuiet reports whether the database has the effects of all commands.
func isQuiet(s message.State) bool {
	return s.Closing == nil && len(s.Pending)+len(s.AwaitingAgreement) == 0 && s.Invitation.Mailed == s.Status.Generation && s.Status.State != collaboration.Activating
}

func wantRestored(r *rapid.T, db *store.Store, running message.State) {
	ctx, id := context.Background(), running.Order.Activation
	a, err := db.Activation(ctx, id)
	if err != nil {
		r.Fatal(err)
	}
	events, err := db.Events(ctx, id, 0)
	if err != nil {
		r.Fatal(err)
	}
	restored, err := message.Restored(a, events, running.Order.Contact)
	if err != nil {
		r.Fatal(err)
	}
	if p := running.Status.Proposal; !restored.RenewalChecked && (p == nil || p.Kind != collaboration.ProposalRenewal || p.State == collaboration.ProposalLapsed) {
		running.RenewalChecked = false // the check had no result
	}
	if got, want := comparable(restored), comparable(running); got != want {
		r.Errorf("restored\n%s\nrunning\n%s", got, want)
	}
}

// comparable returns a state as text, without the values that the database does not have and
// those that have no effect.
func comparable(s message.State) string {
	s.Processed, s.ProvisionBy, s.Status.ClosedBy = nil, time.Time{}, ""
	s.Invitation.By = cmp.Or(s.Invitation.By, s.Order.RequestedBy)
	if s.Status.Bounced { // no mail of this generation was sent, or will be
		s.Invitation.By = ""
	}
	slices.Sort(s.Invitation.Bounced) // the office was notified of all
	next, hasNext := s.Rules.NextReminder(s.Status.ExpiresAt, s.Invitation.RemindedAt)
	s.Invitation.RemindedAt = next.At
	if s.Status.State != collaboration.AwaitingApproval || s.Status.RemindersPaused || !hasNext {
		s.Invitation.RemindedAt = time.Time{}
	}
	if s.Status.State != collaboration.AwaitingApproval { // no mail is sent again
		s.Invitation = message.Invitation{Mailed: s.Invitation.Mailed}
	}
	if !s.Status.Proposal.IsOpen() {
		s.ProposalRemindedAt = time.Time{}
	}
	for _, at := range []*time.Time{&s.Status.ExpiresAt, &s.Invitation.RemindedAt, &s.ProposalRemindedAt} {
		*at = at.Truncate(time.Microsecond)
	}
	text, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		panic(err)
	}
	return string(text)
}
