package api_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/api"
	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/eventually"
	"countersign/internal/identity"
	"countersign/internal/link"
)

var (
	now    = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)
	maja   = collaboration.Employee{ID: "emp-maja", OfficeID: "office-1", Name: "Maja Ekström", Email: "maja@byran.example", Role: collaboration.RoleManager}
	nils   = collaboration.Employee{ID: "emp-nils", OfficeID: "office-1", Name: "Nils Berg", Email: "nils@byran.example", Role: collaboration.RoleEmployee}
	sara   = collaboration.Employee{ID: "emp-sara", OfficeID: "office-2", Name: "Sara Sund", Email: "sara@annan.example", Role: collaboration.RoleManager}
	tokens = map[string]collaboration.Person{"maja-token": atOffice(maja), "nils-token": atOffice(nils), "sara-token": atOffice(sara), "english-token": atOffice(inEnglish(nils))}
)

const solutionID = "financial-overview"

// world fakes all dependencies of the API: it records and counts calls, and injects errors.
type world struct {
	mu        sync.Mutex
	customers map[string]collaboration.Customer
	records   map[collaboration.ActivationID]collaboration.Activation
	events    map[collaboration.ActivationID][]collaboration.Event
	statuses  map[collaboration.ActivationID]message.Status
	keys      map[string][2]string
	live      collaboration.ActivationID
	calls     map[string]int
	fail      map[string]error

	started   []collaboration.Order
	decisions []collaboration.Decision
	messages  []any
	imported  []collaboration.ImportRow
	importErr []collaboration.RowError
	filter    collaboration.ActivationFilter
	next      string // the cursor of the next page of a list
	narrowed  collaboration.CustomerFilter
	overview  collaboration.Overview
	nextState string // of a login; "state" if empty
	left      string // the address of an employee who lost the role
	onStart   func(collaboration.Order) error
	onMessage func() // called before the answer
	webhooks  []collaboration.Webhook
	batches   map[string]collaboration.Batch
	batchRows []collaboration.BatchRow
	onLook    func()         // at a read of an activation, with the lock held
	onAsk     func()         // at a status query to Temporal, with the lock held
	status    message.Status // the answer to commands
	first     bool           // only the first decision counts, as in the workflow
	now       time.Time
	logged    bytes.Buffer
	deps      func(*api.Config)
	sessions  *identity.Sessions // nil for a store of the server's own
}

func newWorld() *world {
	admin := func(id, name, email string) []collaboration.Administrator {
		return []collaboration.Administrator{{ID: id, Contact: collaboration.Contact{Name: name, Email: email}, MainContact: true}}
	}
	task := func(id, customer string, open bool) collaboration.Task {
		return collaboration.Task{ID: id, CustomerID: customer, Name: "Löpande bokföring", OwnerID: "emp-maja", Open: open}
	}
	w := &world{now: now, calls: map[string]int{}, fail: map[string]error{}, keys: map[string][2]string{},
		records: map[collaboration.ActivationID]collaboration.Activation{}, events: map[collaboration.ActivationID][]collaboration.Event{},
		statuses: map[collaboration.ActivationID]message.Status{}, customers: map[string]collaboration.Customer{}, batches: map[string]collaboration.Batch{}}
	for _, c := range []collaboration.Customer{
		{ID: "c-has", OfficeID: "office-1", Name: "Åkes Bageri AB", OrganisationNumber: "5566778899", Tasks: []collaboration.Task{task("t-has", "c-has", true), task("t-closed", "c-has", false)},
			Administrators: admin("a-1", "Åke Åkesson", "ake@akes.example"), Subscriptions: []collaboration.Subscription{{SolutionID: solutionID, Since: now}}},
		{ID: "c-platform", OfficeID: "office-1", Name: "Öbergs Snickeri AB", OrganisationNumber: "5590000004", Tasks: []collaboration.Task{task("t-platform", "c-platform", true)},
			Administrators: admin("a-2", "Åsa Öberg", "asa@oberg.example")},
		{ID: "c-new", OfficeID: "office-1", Name: "Lindas Hår", OrganisationNumber: "8001019876", Tasks: []collaboration.Task{task("t-new", "c-new", true)}},
		{ID: "c-idle", OfficeID: "office-1", Name: "Vilande AB", Tasks: []collaboration.Task{task("t-idle", "c-idle", false)}, Administrators: admin("a-3", "Vera", "vera@vilande.example")},
		{ID: "c-orphan", OfficeID: "office-1", Name: "Utan kontakt AB", Tasks: []collaboration.Task{task("t-orphan", "c-orphan", true)}, Administrators: []collaboration.Administrator{{ID: "a-4"}}},
		{ID: "c-other", OfficeID: "office-2", Name: "Någon annans AB", Tasks: []collaboration.Task{task("t-other", "c-other", true)}},
	} {
		w.customers[c.ID] = c
	}
	return w
}

// server returns the API on top of the world.
func (w *world) server(t testing.TB) *api.Server {
	t.Helper()
	return (&facts{w}).server(t)
}

// server returns the API on top of the current world of f, which a test may replace.
func (f *facts) server(t testing.TB) *api.Server {
	t.Helper()
	w := f.world
	d := api.Config{Authenticator: f, Login: f, Store: f, Directory: offices{f}, Customers: f, Workflows: f, Links: f, Catalogue: collaboration.DefaultCatalogue,
		Codec: codec{}, Operators: []string{"ola@drift.example", "Olle@Drift.example"}, CodecOrigins: []string{"http://localhost:8233", webUI},
		PublicURL: "http://localhost", Now: func() time.Time { return f.now },
		Log:      slog.New(slog.NewTextHandler(io.MultiWriter(&locked{w: &w.logged}, everythingLogged), nil)),
		Sessions: w.sessions, Poll: time.Millisecond, CloseWait: 50 * time.Millisecond, Heartbeat: time.Hour,
		// A test's answers must not depend on how fast the machine is.
		ReadTimeout: eventually.Deadline, MessageTimeout: eventually.Deadline}
	d.Tracer, _ = tracer()
	if w.deps != nil {
		w.deps(&d)
	}
	s, err := api.New(d)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

type locked struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func (w *world) called(what string) error {
	w.calls[what]++
	return w.fail[what]
}

// administrators are customers' administrators, by their token. Otto administers no
// customer, and Olle is an operator.
var administrators = map[string]string{"ake-token": "ake@akes.example", "asa-token": "asa@oberg.example", "otto-token": "otto@else.example", "olle-token": olle}

const (
	olle  = "olle@drift.example"
	webUI = "https://temporal.example"
)

func (w *world) Authenticate(ctx context.Context, token string) (collaboration.Person, error) {
	if p, ok := tokens[token]; ok {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.left == p.Employee.Email {
			p.Employee = nil
		}
		return p, nil
	}
	if email, ok := administrators[token]; ok {
		p, err := w.Person(ctx, email)
		p.Email = email
		return p, err
	}
	return collaboration.Person{}, &collaboration.Error{Code: collaboration.CodeUnauthenticated}
}

// inEnglish returns an employee of an office whose default language is English.
func inEnglish(e collaboration.Employee) collaboration.Employee {
	e.OfficeLocale = collaboration.English
	return e
}

func atOffice(e collaboration.Employee) collaboration.Person {
	return collaboration.Person{Name: e.Name, Email: e.Email, Employee: &e}
}

// Begin redirects to a provider without a login form: the code is the e-mail address of
// the person.
func (w *world) Begin(_ context.Context, prompt string) (string, identity.Attempt, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return "https://login.example/authorize?prompt=" + prompt, identity.Attempt{State: cmp.Or(w.nextState, "state")}, w.called("Begin")
}

func (w *world) Finish(_ context.Context, a identity.Attempt, query url.Values) (identity.Identity, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.called("Finish"); err != nil {
		return identity.Identity{}, err
	}
	if query.Get("state") != a.State || query.Get("code") == "" {
		return identity.Identity{}, &collaboration.Error{Code: collaboration.CodeLoginRefused}
	}
	return identity.Identity{Email: query.Get("code"), Name: "Name of " + query.Get("code"), IDToken: "id-token"}, nil
}

func (w *world) LogoutURL(idToken, returnTo string) string {
	return "https://login.example/logout?id_token_hint=" + idToken + "&post_logout_redirect_uri=" + returnTo
}

// Person returns the roles of an e-mail address in this world.
func (w *world) Person(_ context.Context, email string) (collaboration.Person, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.called("Person"); err != nil {
		return collaboration.Person{}, err
	}
	var p collaboration.Person
	for _, e := range []collaboration.Employee{maja, nils, sara} {
		if e.Email == email && e.Email != w.left {
			p.Employee = &e
		}
	}
	for _, c := range w.customers {
		for _, a := range c.Administrators {
			if a.Email == email {
				p.Administers = append(p.Administers, collaboration.Administration{AdministratorID: a.ID, CustomerID: c.ID, CustomerName: c.Name, OfficeID: c.OfficeID, OfficeName: "Byrån"})
			}
		}
	}
	return p, nil
}

func (w *world) Customer(_ context.Context, officeID, id string) (collaboration.Customer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, ok := w.customers[id]
	if err := w.called("Customer"); err != nil {
		return collaboration.Customer{}, err
	}
	if !ok || c.OfficeID != officeID {
		return collaboration.Customer{}, &collaboration.Error{Code: collaboration.CodeCustomerNotFound}
	}
	return c, nil
}

// Verify accepts "<activation>.<generation>" as a valid link. The suffix ".late" makes it
// an expired one.
func (w *world) Verify(token, purpose string, _ time.Time) (link.Claims, error) {
	if purpose != "approve" || len(token) < 39 {
		return link.Claims{}, &collaboration.Error{Code: collaboration.CodeLinkInvalid}
	}
	id, err := collaboration.ParseActivationID(token[:37])
	if err != nil {
		return link.Claims{}, &collaboration.Error{Code: collaboration.CodeLinkInvalid}
	}
	claims := link.Claims{Activation: id, Generation: int(token[38] - '0'), Purpose: purpose, Expires: now.Add(time.Hour)}
	if token[39:] == ".late" {
		return claims, &collaboration.Error{Code: collaboration.CodeLinkExpired}
	}
	return claims, nil
}

func (w *world) Start(_ context.Context, o collaboration.Order) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.called("Start"); err != nil {
		return err
	}
	if w.onStart != nil {
		if err := w.onStart(o); err != nil {
			return err
		}
	}
	w.started = append(w.started, o)
	return nil
}

func (w *world) SendCommand(_ context.Context, c message.Command) (message.Status, error) {
	if c.Kind == collaboration.CommandDecide {
		return w.decide(*c.Decision)
	}
	return w.take(string(c.Kind), c)
}

func (w *world) decide(d collaboration.Decision) (message.Status, error) {
	if w.onMessage != nil {
		w.onMessage()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.decisions = append(w.decisions, d)
	err := w.called("decide")
	if counted := w.statuses[d.Activation]; w.first && counted.Decision != nil {
		return counted, &collaboration.Error{Code: collaboration.CodeAlreadyDecided}
	}
	if err == nil {
		s := w.status
		s.Decision, s.Activation = &d, d.Activation
		w.statuses[d.Activation] = s
		return s, nil
	}
	return w.status, err
}

func (w *world) take(what string, m any) (message.Status, error) {
	if w.onMessage != nil {
		w.onMessage()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.messages = append(w.messages, m)
	return w.status, w.called(what)
}

func (w *world) SignalCommand(_ context.Context, c message.Command) error {
	_, err := w.take(string(c.Kind), c)
	return err
}

func (w *world) StartBatch(_ context.Context, office, id string) error {
	_, err := w.take("StartBatch", office+" "+id)
	return err
}
func (w *world) DeliverWebhook(_ context.Context, d collaboration.WebhookDelivery, replay string) error {
	_, err := w.take("DeliverWebhook", d.Webhook+" "+d.Event()+" "+replay)
	return err
}
func (w *world) SendNotification(_ context.Context, _ collaboration.Subject, l collaboration.Notification) error {
	_, err := w.take("SendNotification", l)
	return err
}
func (w *world) Status(_ context.Context, id collaboration.ActivationID) (message.Status, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.onAsk != nil {
		w.onAsk()
	}
	s, ok := w.statuses[id]
	if err := w.called("Status"); err != nil {
		return s, err
	}
	if !ok {
		return s, &collaboration.Error{Code: collaboration.CodeActivationNotFound}
	}
	return s, nil
}

// facts is the world as the store returns it.
type facts struct{ *world }

func (f facts) Customers(_ context.Context, officeID string, filter collaboration.CustomerFilter) ([]collaboration.Customer, string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []collaboration.Customer
	f.narrowed = filter
	for _, c := range f.customers {
		if c.OfficeID == officeID {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b collaboration.Customer) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) })
	return found[:min(filter.Page.Limit, len(found))], "more", f.called("Customers")
}

func (f facts) LiveActivations(_ context.Context, officeID string, page []collaboration.Customer) (live []collaboration.LiveActivation, _ error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.records {
		on := func(c collaboration.Customer) bool { return c.ID == r.CustomerID }
		if r.OfficeID == officeID && r.State.IsLive() && slices.ContainsFunc(page, on) {
			live = append(live, collaboration.LiveActivation{Activation: r.ID, CustomerID: r.CustomerID, SolutionID: r.SolutionID, State: r.State})
		}
	}
	return live, f.called("LiveActivations")
}

func (f facts) Employees(_ context.Context, officeID string) (all []collaboration.Employee, _ error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range []collaboration.Employee{maja, nils, sara} {
		if e.OfficeID == officeID {
			all = append(all, e)
		}
	}
	return all, f.called("Employees")
}

func (f facts) TaskOwner(_ context.Context, officeID, taskID string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.customers {
		if c.OfficeID == officeID && slices.ContainsFunc(c.Tasks, func(t collaboration.Task) bool { return t.ID == taskID }) {
			return c.ID, f.called("TaskOwner")
		}
	}
	return "", f.called("TaskOwner")
}

func (f facts) Activations(_ context.Context, officeID string, filter collaboration.ActivationFilter) ([]collaboration.Activation, string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.filter = filter
	var found []collaboration.Activation
	for _, r := range f.records {
		if r.OfficeID == officeID {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b collaboration.Activation) int { return b.RequestedAt.Compare(a.RequestedAt) })
	return found, f.next, f.called("Activations")
}

func (f facts) Overview(context.Context, string, time.Time) (collaboration.Overview, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.overview, f.called("Overview")
}

func (f facts) Activation(_ context.Context, id collaboration.ActivationID) (collaboration.Activation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.onLook != nil {
		f.onLook()
	}
	r, ok := f.records[id]
	if err := f.called("Activation"); err != nil {
		return r, err
	}
	if !ok {
		return r, &collaboration.Error{Code: collaboration.CodeActivationNotFound}
	}
	return r, nil
}

func (f facts) ActivationsOf(_ context.Context, customers []collaboration.Administration) ([]collaboration.Activation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []collaboration.Activation
	for _, r := range f.records {
		if slices.ContainsFunc(customers, func(a collaboration.Administration) bool {
			return a.CustomerID == r.CustomerID && a.OfficeID == r.OfficeID
		}) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b collaboration.Activation) int { return b.RequestedAt.Compare(a.RequestedAt) })
	return found, f.called("ActivationsOf")
}

func (f facts) LiveActivation(context.Context, string, string, string) (collaboration.ActivationID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.live, f.called("LiveActivation")
}

func (f facts) Events(_ context.Context, id collaboration.ActivationID, after int) ([]collaboration.Event, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []collaboration.Event
	for _, e := range f.events[id] {
		if e.Sequence > after {
			found = append(found, e)
		}
	}
	return found, f.called("Events")
}

func (f facts) Import(_ context.Context, _ string, rows []collaboration.ImportRow, bad []collaboration.RowError, partial bool) (collaboration.ImportResult, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	bad = slices.Concat(bad, f.importErr)
	if len(bad) > 0 && !partial {
		return collaboration.ImportResult{Errors: bad}, f.called("Import")
	}
	f.imported = append(f.imported, rows...)
	return collaboration.ImportResult{Customers: len(rows), Errors: bad}, f.called("Import")
}

func (f facts) NameMainContact(_ context.Context, office, customerID, administratorID string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.customers[customerID]
	if !ok || c.OfficeID != office {
		return &collaboration.Error{Code: collaboration.CodeCustomerNotFound}
	}
	c.Administrators = slices.Clone(c.Administrators)
	found := false
	for i := range c.Administrators {
		c.Administrators[i].MainContact = c.Administrators[i].ID == administratorID
		found = found || c.Administrators[i].MainContact
	}
	if !found {
		return &collaboration.Error{Code: collaboration.CodeAdministratorNotFound}
	}
	f.customers[customerID] = c
	return f.called("NameMainContact")
}

func (f facts) RecordMailEvent(_ context.Context, e collaboration.MailEvent) (*message.Command, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.called("RecordMailEvent"); err != nil || e.Delivery == "unknown" {
		return nil, err
	}
	return &message.Command{ID: e.Delivery + string(e.Status), Kind: collaboration.CommandReport, Report: &message.Report{Status: e.Status}}, nil
}

func (f facts) MarkMailEventReported(_ context.Context, e collaboration.MailEvent) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.called("MarkMailEventReported")
}

// Audit returns one row, with characters that JSON may escape.
func (f facts) Audit(_ context.Context, id collaboration.ActivationID) (collaboration.AuditFile, error) {
	row := collaboration.AuditRow{Sequence: 1, Key: "requested", Action: collaboration.ActionRequested, By: "emp-maja", At: time.Unix(0, 1000).UTC(), Detail: "{}", Previous: collaboration.Genesis(id)}
	row.Commit(`{"name":"Åsa <&>\u2028"}`)
	row.Hash = row.ComputeHash(id)
	return collaboration.AuditFile{Format: collaboration.AuditFormat, Activation: id, LastHash: row.Hash, Rows: []collaboration.AuditRow{row}}, f.called("Audit")
}

func (f facts) EraseCustomer(_ context.Context, office, customerID, _ string, _ time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c, ok := f.customers[customerID]; !ok || c.OfficeID != office {
		return &collaboration.Error{Code: collaboration.CodeCustomerNotFound}
	}
	return f.called("EraseCustomer")
}

func (f facts) AddBatch(_ context.Context, b collaboration.Batch, rows []collaboration.BatchRow) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, there := f.batches[b.ID]; !there {
		b.Counts = map[collaboration.BatchResult]int{collaboration.RowPending: len(rows)}
		f.batches[b.ID], f.batchRows = b, rows
	}
	return f.called("AddBatch")
}

func (f facts) Batch(_ context.Context, office, id string) (collaboration.Batch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, ok := f.batches[id]
	if !ok || b.OfficeID != office {
		return b, &collaboration.Error{Code: collaboration.CodeBatchNotFound}
	}
	return b, nil
}

func (f facts) BatchRows(_ context.Context, _ string, _ collaboration.BatchResult, after, limit int) (rows []collaboration.BatchRow, _ error) {
	for _, r := range f.batchRows {
		if r.Line > after && len(rows) < limit {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

func (f facts) CancelBatch(ctx context.Context, office, id string, when time.Time) error {
	b, err := f.Batch(ctx, office, id)
	b.CancelledAt = when
	if err == nil {
		f.batches[id] = b
	}
	return err
}

func (f facts) RetryBatch(ctx context.Context, office, id string) error {
	b, err := f.Batch(ctx, office, id)
	b.CancelledAt = time.Time{}
	if err == nil {
		f.batches[id] = b
	}
	return err
}

func (f facts) Webhooks(_ context.Context, office string) (all []collaboration.Webhook, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.webhooks {
		if w.OfficeID == office {
			all = append(all, w)
		}
	}
	return all, f.called("Webhooks")
}

func (f facts) AddWebhook(_ context.Context, w collaboration.Webhook) (id, secret string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.ID = fmt.Sprintf("w-%d", len(f.webhooks)+1)
	f.webhooks = append(f.webhooks, w)
	return w.ID, "whsec_secret", f.called("AddWebhook")
}

func (f facts) RemoveWebhook(_ context.Context, office, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.webhooks)
	f.webhooks = slices.DeleteFunc(f.webhooks, func(w collaboration.Webhook) bool { return w.ID == id && w.OfficeID == office })
	if len(f.webhooks) == before {
		return &collaboration.Error{Code: collaboration.CodeWebhookNotFound}
	}
	return f.called("RemoveWebhook")
}

func (f facts) EnableWebhook(_ context.Context, office, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.ContainsFunc(f.webhooks, func(w collaboration.Webhook) bool { return w.ID == id && w.OfficeID == office }) {
		return &collaboration.Error{Code: collaboration.CodeWebhookNotFound}
	}
	return f.called("EnableWebhook")
}

func (f facts) EventsSince(context.Context, string, time.Time) ([]collaboration.WebhookDelivery, time.Time, error) {
	return []collaboration.WebhookDelivery{{Activation: "a", Sequence: 1}, {Activation: "a", Sequence: 2}}, now, f.called("EventsSince")
}

func (f facts) Access(context.Context, collaboration.ActivationID) ([]string, error) {
	return []string{"emp-maja", "emp-nils"}, nil
}

func (f facts) AccessOn(_ context.Context, _ string, page []collaboration.Activation) (map[collaboration.ActivationID][]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	names := map[collaboration.ActivationID][]string{}
	for _, r := range page {
		names[r.ID] = []string{maja.Name, nils.Name}
	}
	return names, f.called("AccessOn")
}

func (f facts) ReserveKey(_ context.Context, office, key, hash string, id collaboration.ActivationID, _ time.Time) (collaboration.ActivationID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.called("ReserveKey"); err != nil {
		return "", err
	}
	first, ok := f.keys[office+key]
	switch {
	case !ok:
		f.keys[office+key] = [2]string{hash, string(id)}
		return id, nil
	case first[0] != hash:
		return "", &collaboration.Error{Code: collaboration.CodeIdempotencyKeyReused}
	}
	return collaboration.ActivationID(first[1]), nil
}

// changes counts the calls that could have changed something.
func (w *world) changes() int {
	n := 0
	for _, what := range []string{"Start", "decide", "withdraw", "resend", "correct", "forward", "change", "revoke_notice", "end", "NameMainContact", "RecordMailEvent", "EraseCustomer", "AddBatch", "StartBatch", "AddWebhook", "RemoveWebhook", "EnableWebhook", "DeliverWebhook", "report", "SendNotification", "Import", "ReserveKey"} {
		n += w.calls[what]
	}
	return n
}

// administers replaces the administrators of a customer by these e-mail addresses; ""
// adds none.
func (w *world) administers(customerID string, emails ...string) {
	c := w.customers[customerID]
	before := c.Administrators
	c.Administrators = nil
	for n, email := range emails {
		a := collaboration.Administrator{ID: "a-" + customerID, Contact: collaboration.Contact{Name: email, Email: email}, MainContact: n == 0}
		for _, known := range before {
			if known.Email == email {
				a = known
			}
		}
		if n > 0 {
			a.ID += "-" + fmt.Sprint(n)
		}
		if email != "" {
			c.Administrators = append(c.Administrators, a)
		}
	}
	w.customers[customerID] = c
}

// with stores an activation and returns its ID.
func (w *world) with(customerID string, state collaboration.State, more ...func(*collaboration.Activation)) collaboration.ActivationID {
	c := w.customers[customerID]
	id := collaboration.NewActivationID(c.OfficeID, c.ID, solutionID)
	r := collaboration.Activation{ID: id, OfficeID: c.OfficeID, OfficeName: "Ekströms Redovisning", CustomerID: c.ID, CustomerName: c.Name, SolutionID: solutionID,
		Scenario: c.Scenario(solutionID), State: state, InvoiceRecipient: collaboration.PaidByOffice, Period: collaboration.Period{Start: collaboration.OnApproval},
		AgreementMonths: 12, Locale: collaboration.Swedish, RequestedBy: maja.ID, RequestedByName: maja.Name, RequestedAt: now, Version: 3,
		Generation: 1, ExpiresAt: now.Add(30 * 24 * time.Hour)}
	if a, ok := c.MainContact(); ok {
		r.InvitedName, r.InvitedEmail = a.Name, a.Email
	}
	for _, change := range more {
		change(&r)
	}
	w.records[id] = r
	w.events[id] = []collaboration.Event{
		{Activation: id, Sequence: 1, Action: collaboration.ActionRequested, By: maja.ID, At: now},
		{Activation: id, Sequence: 2, Action: collaboration.ActionTaskChecked, By: collaboration.ActorSystem, At: now},
	}
	return id
}

func financialOverview() collaboration.Solution {
	s, _ := collaboration.DefaultCatalogue.Solution(solutionID)
	return s
}
