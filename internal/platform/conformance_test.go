package platform_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/collaboration/provisioning"
	"countersign/internal/platform"
	"countersign/internal/platform/platformtest"
	"countersign/internal/store"
	"countersign/internal/store/storetest"
)

const (
	office   = "office-1"
	solution = "financial-overview"
)

var ctx = context.Background()

func open(t *testing.T, url string) *store.Store {
	t.Helper()
	must(t, migrateAndSeed(url))
	return connect(t, url)
}

func migrateAndSeed(url string) error { return storetest.Create(ctx, url) }

func connect(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// subject is one activation at one platform.
type subject struct {
	platformtest.Platform
	t     *testing.T
	id    collaboration.ActivationID
	store *store.Store
}

// onEach runs a test against a platform in memory, and against the same one over
// HTTP.
func onEach(t *testing.T, test func(t *testing.T, at func(customer string) subject)) {
	t.Helper()
	for name, place := range map[string]func(*testing.T, *store.Store) platformtest.Platform{
		"in memory": func(t *testing.T, s *store.Store) platformtest.Platform { return platformOf(t, s) },
		"over HTTP": func(t *testing.T, s *store.Store) platformtest.Platform {
			server := httptest.NewServer(platformtest.Handler(platformOf(t, s)))
			t.Cleanup(server.Close)
			return platform.NewClient(server.URL+"/", "token")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, "sqlite:"+filepath.Join(t.TempDir(), "countersign.db"))
			p := place(t, s)
			test(t, func(customer string) subject {
				o := orderFor(customer)
				must(t, s.OpenActivation(ctx, o))
				return subject{p, t, o.Activation, s}
			})
		})
	}
}

func orderFor(customer string) collaboration.Order {
	return collaboration.Order{
		Activation: collaboration.NewActivationID(office, customer, solution), OfficeID: office, CustomerID: customer, SolutionID: solution,
		Scenario: collaboration.NewCustomer, TaskID: "t-" + customer[2:] + "-1", InvoiceRecipient: collaboration.PaidByOffice, AgreementMonths: 12,
		Period: collaboration.Period{Start: collaboration.OnApproval}, Locale: collaboration.Swedish, OnEnd: collaboration.EndPolicies{collaboration.ReadOnly},
		Contact: &collaboration.Contact{Name: "Åsa", Email: "asa@kund.example", Phone: "070-1234567"}, RequestedBy: "emp-maja", RequestedAt: time.Now(),
	}
}

func (s subject) of(customer, step string) provisioning.Subject {
	return provisioning.Subject{Key: string(s.id) + ":" + step, Activation: s.id, CustomerID: customer, SolutionID: solution}
}

func (s subject) want(customer string, want provisioning.Status) {
	s.t.Helper()
	got, err := s.Status(ctx, s.of(customer, ""))
	must(s.t, err)
	if got.HasSolution != want.HasSolution || got.Variant != want.Variant || got.InvoiceRecipient != want.InvoiceRecipient ||
		got.Administrators != want.Administrators || !slices.Equal(got.Employees, want.Employees) {
		s.t.Errorf("status %+v, want %+v", got, want)
	}
}

// Each operation is asked for twice: the second changes nothing.
func TestAWholeLifeOnAPlatform(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, at func(string) subject) {
		const c = "c-1004"
		s := at(c)
		s.want(c, provisioning.Status{})
		for range 2 {
			must(t, s.Activate(ctx, provisioning.Activation{Subject: s.of(c, "solution"), Variant: "small", InvoiceRecipient: collaboration.PaidByOffice}))
			must(t, s.Activate(ctx, provisioning.Activation{Subject: s.of(c, "administrator"), Administrator: orderFor(c).Contact}))
		}
		s.want(c, provisioning.Status{HasSolution: true, Variant: "small", InvoiceRecipient: collaboration.PaidByOffice, Administrators: 1})
		for range 2 {
			must(t, s.Grant(ctx, provisioning.Grant{Subject: s.of(c, "start"), Employees: []string{"emp-maja", "emp-nils"}, InvoiceRecipient: collaboration.PaidByCustomer}))
		}
		s.want(c, provisioning.Status{HasSolution: true, Variant: "small", InvoiceRecipient: collaboration.PaidByCustomer, Administrators: 1, Employees: []string{"emp-maja", "emp-nils"}})
		must(t, s.Grant(ctx, provisioning.Grant{Subject: s.of(c, "change"), Employees: []string{"emp-nils"}}))
		s.want(c, provisioning.Status{HasSolution: true, Variant: "small", InvoiceRecipient: collaboration.PaidByCustomer, Administrators: 1, Employees: []string{"emp-nils"}})
		for range 2 {
			must(t, s.End(ctx, provisioning.End{Subject: s.of(c, "end"), Policy: collaboration.ReadOnly}))
		}
		s.want(c, provisioning.Status{Administrators: 1})
	})
}

// TestRevoking: a compensation removes only the parts that the activation created. A
// late request does not create them again.
func TestRevoking(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, at func(string) subject) {
		revoke := func(s subject, c string) {
			for _, part := range []provisioning.Part{provisioning.Administrator, provisioning.Solution} {
				for range 2 {
					must(t, s.Revoke(ctx, provisioning.Revocation{Subject: s.of(c, "revoke "+string(part)), Part: part}))
				}
			}
		}
		activate := func(s subject, c, step string) {
			must(t, s.Activate(ctx, provisioning.Activation{Subject: s.of(c, step), InvoiceRecipient: collaboration.PaidByOffice}))
			must(t, s.Activate(ctx, provisioning.Activation{Subject: s.of(c, step+" person"), Administrator: orderFor(c).Contact}))
		}
		fresh := at("c-1006")
		activate(fresh, "c-1006", "one")
		revoke(fresh, "c-1006")
		fresh.want("c-1006", provisioning.Status{})
		activate(fresh, "c-1006", "two") // too late
		fresh.want("c-1006", provisioning.Status{})

		had := at("c-1001") // has the solution, and an administrator
		must(t, had.Activate(ctx, provisioning.Activation{Subject: had.of("c-1001", "one"), InvoiceRecipient: collaboration.PaidByOffice}))
		revoke(had, "c-1001")
		had.want("c-1001", provisioning.Status{HasSolution: true, InvoiceRecipient: collaboration.PaidByCustomer, Administrators: 1})
	})
}

func TestEndPolicies(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, at func(string) subject) {
		for customer, tt := range map[string]struct {
			policy collaboration.EndPolicy
			want   provisioning.Status
		}{
			"c-1004": {collaboration.ContinueAlone, provisioning.Status{HasSolution: true, InvoiceRecipient: collaboration.PaidByCustomer}},
			"c-1006": {collaboration.ReadOnly, provisioning.Status{}},
			"c-1008": {collaboration.Delete, provisioning.Status{}},
		} {
			s := at(customer)
			must(t, s.Activate(ctx, provisioning.Activation{Subject: s.of(customer, "one"), InvoiceRecipient: collaboration.PaidByOffice}))
			must(t, s.End(ctx, provisioning.End{Subject: s.of(customer, "end"), Policy: tt.policy}))
			s.want(customer, tt.want)
		}
	})
}

func TestManyAtOnceAreOne(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, at func(string) subject) {
		s := at("c-1004")
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := s.Activate(ctx, provisioning.Activation{Subject: s.of("c-1004", "person"), Administrator: orderFor("c-1004").Contact}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		s.want("c-1004", provisioning.Status{Administrators: 1})
	})
}

func TestACustomerThatIsNotThere(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, at func(string) subject) {
		s := at("c-1004")
		err := s.Activate(ctx, provisioning.Activation{Subject: s.of("nobody", "one")})
		if code := collaboration.CodeOf(err); err == nil || code.Retryable() {
			t.Errorf("got %v", err)
		}
	})
}

// What another system's answers mean.
func TestAnswersOfAPlatform(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]collaboration.Code{
		200: "", 204: "", 302: collaboration.CodePlatformUnavailable, 400: collaboration.CodePlatformRefused, 401: collaboration.CodePlatformUnavailable,
		404: collaboration.CodePlatformRefused, 409: collaboration.CodePlatformRefused, 429: collaboration.CodePlatformUnavailable, 500: collaboration.CodePlatformUnavailable, 503: collaboration.CodePlatformUnavailable,
	} {
		var key, token string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			key, token = r.Header.Get("Idempotency-Key"), r.Header.Get("Authorization")
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
		}))
		err := platform.NewClient(server.URL, "secret").End(ctx, provisioning.End{Subject: provisioning.Subject{Key: "k"}})
		if collaboration.CodeOf(err) != want || key != "k" || token != "Bearer secret" {
			t.Errorf("%d: %v, key %q, token %q", status, err, key, token)
		}
		server.Close()
		if _, err := platform.NewClient(server.URL, "").Status(ctx, provisioning.Subject{}); collaboration.CodeOf(err) != collaboration.CodePlatformUnavailable {
			t.Errorf("nobody there: %v", err)
		}
	}
	garbage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }))
	defer garbage.Close()
	if _, err := platform.NewClient(garbage.URL, "").Status(ctx, provisioning.Subject{}); collaboration.CodeOf(err) != collaboration.CodePlatformUnavailable {
		t.Errorf("garbage: %v", err)
	}
}

// flaky loses every second answer, after the work was done.
type flaky struct {
	activities.Platform
	n int
}

func (f *flaky) Activate(ctx context.Context, a provisioning.Activation) error {
	return f.lose(f.Platform.Activate(ctx, a))
}
func (f *flaky) Grant(ctx context.Context, g provisioning.Grant) error {
	return f.lose(f.Platform.Grant(ctx, g))
}
func (f *flaky) Revoke(ctx context.Context, r provisioning.Revocation) error {
	return f.lose(f.Platform.Revoke(ctx, r))
}
func (f *flaky) End(ctx context.Context, e provisioning.End) error {
	return f.lose(f.Platform.End(ctx, e))
}
func (f *flaky) lose(err error) error {
	if f.n++; f.n%2 == 1 {
		return &collaboration.Error{Code: collaboration.CodePlatformUnavailable}
	}
	return err
}

// The steps on another system: what our facts say and what that system has stay
// the same, though every second answer is lost.
func TestStepsOnAnotherSystem(t *testing.T) {
	t.Parallel()
	ours := open(t, "sqlite:"+filepath.Join(t.TempDir(), "ours.db"))
	theirs := platformOf(t, ours)
	server := httptest.NewServer(platformtest.Handler(theirs))
	defer server.Close()
	remote := &flaky{Platform: platform.NewClient(server.URL, "")}
	steps := activities.OnPlatform(ours, remote)
	again := func(step func() error) {
		t.Helper()
		if err := step(); collaboration.CodeOf(err) != collaboration.CodePlatformUnavailable {
			t.Fatalf("the first time: %v", err)
		}
		must(t, step())
	}
	same := func(o collaboration.Order) {
		t.Helper()
		s := provisioning.Subject{Activation: o.Activation, CustomerID: o.CustomerID, SolutionID: solution}
		here := statusIn(t, ours, s)
		there, err := theirs.Status(ctx, s)
		must(t, err)
		if here.HasSolution != there.HasSolution || here.InvoiceRecipient != there.InvoiceRecipient || here.Administrators != there.Administrators || !slices.Equal(here.Employees, there.Employees) {
			t.Errorf("here %+v, there %+v", here, there)
		}
	}
	begin := func(customer string) collaboration.Order {
		o := orderFor(customer)
		must(t, ours.OpenActivation(ctx, o))
		again(func() error { return steps.ActivateSolution(ctx, o, time.Now()) })
		again(func() error { return steps.CreateAdministrator(ctx, o, time.Now()) })
		same(o)
		return o
	}
	o := begin("c-1004")
	agreement := collaboration.Agreement{StartsOn: collaboration.Date{Year: 2027, Month: 1, Day: 1}, Months: 12, Term: 1, Renews: true}
	// The platform is not called before the agreement starts.
	must(t, steps.RecordApproval(ctx, message.ApprovalInput{Activation: o.Activation, Agreement: agreement, At: time.Now(),
		Decision: collaboration.Decision{ID: "d", Outcome: collaboration.Approve, By: "a"}}))
	must(t, steps.ChangeActivation(ctx, message.Command{ID: "early", Activation: o.Activation, By: "emp-maja", At: time.Now(),
		Change: &collaboration.Change{InvoiceRecipient: collaboration.PaidByCustomer}}))
	same(o)
	agreement.Started = true
	again(func() error {
		return steps.StartAgreement(ctx, message.StartInput{Activation: o.Activation, Agreement: agreement, At: time.Now()})
	})
	same(o)
	again(func() error {
		return steps.ChangeActivation(ctx, message.Command{ID: "m", Activation: o.Activation, By: "emp-maja", At: time.Now(), Change: &collaboration.Change{InvoiceRecipient: collaboration.PaidByCustomer}})
	})
	same(o)
	again(func() error {
		return steps.EndCollaboration(ctx, message.EndInput{Activation: o.Activation, CustomerID: o.CustomerID, SolutionID: solution, OnEnd: collaboration.ReadOnly, By: "emp-maja", At: time.Now()})
	})
	same(o)

	// Another activation relies on the person whom this one made administrator.
	shared := begin("c-1008")
	other := orderFor("c-1008")
	other.SolutionID = "spiris-scanner"
	other.Activation = collaboration.NewActivationID(office, "c-1008", "spiris-scanner")
	must(t, ours.OpenActivation(ctx, other))
	must(t, steps.RemoveAdministrator(ctx, message.CompensationInput{Activation: shared.Activation, CustomerID: "c-1008", SolutionID: solution, At: time.Now()}))
	same(shared)
	if there, err := theirs.Status(ctx, provisioning.Subject{CustomerID: "c-1008", SolutionID: solution}); err != nil || there.Administrators != 1 {
		t.Errorf("there %+v, %v", there, err)
	}

	undone := begin("c-1006")
	u := message.CompensationInput{Activation: undone.Activation, CustomerID: "c-1006", SolutionID: solution, At: time.Now()}
	again(func() error { return steps.RemoveAdministrator(ctx, u) })
	again(func() error { return steps.DeactivateSolution(ctx, u) })
	same(undone)
}
