package api_test

import (
	"bytes"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"countersign/api"
	"countersign/collaboration"
	"countersign/collaboration/apikey"
	"countersign/collaboration/catalogue"
	"countersign/collaboration/directory"
	"countersign/collaboration/message"
	"countersign/internal/eventually"
	"countersign/internal/identity"
)

var now = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

const solutionID = "financial-overview"

// world fakes all dependencies of the API: it records and counts calls, and injects errors.
type world struct {
	mu        sync.Mutex
	customers map[string]collaboration.Customer
	records   map[collaboration.ActivationID]collaboration.Activation
	events    map[collaboration.ActivationID][]collaboration.Event
	statuses  map[collaboration.ActivationID]message.Status
	keys      map[string][2]string
	responses map[string]string
	live      collaboration.ActivationID
	calls     map[string]int
	fail      map[string]error

	started       []collaboration.Order
	decisions     []collaboration.Decision
	terms         []collaboration.TermsText
	approvals     []collaboration.Approval // of every activation; one for nil
	messages      []any
	imported      []collaboration.ImportRow
	importErr     []collaboration.RowError
	imports       []directory.ImportOptions // of each import
	onImport      func()                    // at the beginning of each
	filter        collaboration.ActivationFilter
	next          string // the cursor of the next page of a list
	narrowed      collaboration.CustomerFilter
	overview      collaboration.Overview
	nextState     string // of a login; "state" if empty
	left          string // the address of an employee who lost the role
	onStart       func(collaboration.Order) error
	onMessage     func() // called before the answer
	webhooks      []collaboration.Webhook
	replays       []string
	apiKeys       []apikey.Key
	logos         map[string]collaboration.Logo // by office
	edited        directory.Customer            // the last edit of a customer
	lastLocale    collaboration.Locale          // of the last invitation
	hired         collaboration.Employee        // the last that was added
	announced     []message.DirectoryMail
	addressChange string             // of the last edit of an administrator
	settings      directory.Settings // the last ones that were saved
	defaults      collaboration.OfficeDefaults
	batches       map[string]collaboration.Batch
	batchRows     []collaboration.BatchRow
	onLook        func()         // at a read of an activation, with the lock held
	onAsk         func()         // at a status query to Temporal, with the lock held
	status        message.Status // the answer to commands
	first         bool           // only the first decision counts, as in the workflow
	now           time.Time
	logged        bytes.Buffer
	deps          func(*api.Config)
	sessions      *identity.Sessions // nil for a store of the server's own
}

// facts is the world as the store returns it.
type facts struct{ *world }

func newWorld() *world {
	admin := func(id, name, email string) []collaboration.Administrator {
		return []collaboration.Administrator{{ID: id, Contact: collaboration.Contact{Name: name, Email: email}, MainContact: true}}
	}
	task := func(id, customer string, open bool) collaboration.Task {
		return collaboration.Task{ID: id, CustomerID: customer, Name: "Löpande bokföring", OwnerID: "emp-maja", Open: open}
	}
	w := &world{now: now, calls: map[string]int{}, fail: map[string]error{}, keys: map[string][2]string{}, responses: map[string]string{},
		records: map[collaboration.ActivationID]collaboration.Activation{}, events: map[collaboration.ActivationID][]collaboration.Event{},
		statuses: map[collaboration.ActivationID]message.Status{}, customers: map[string]collaboration.Customer{}, logos: map[string]collaboration.Logo{}, batches: map[string]collaboration.Batch{}}
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
	d := api.Config{Authenticator: f, Login: f, Store: f, Directory: offices{f}, Logos: logos{f}, APIKeys: apiKeys{f}, Customers: f, Workflows: f, Links: f, Catalogue: catalogue.Embedded,
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

// changes counts the calls that could have changed something.
func (w *world) changes() int {
	n := 0
	for _, what := range []string{"Start", "decide", "withdraw", "resend", "correct", "forward", "hand_on", "change", "revoke_notice", "end", "decide_change", "withdraw_change", "NameMainContact", "RecordMailEvent", "EraseCustomer", "EraseAddress", "AddBatch", "StartBatch", "AddWebhook", "RemoveWebhook", "EnableWebhook", "RecordReplay", "AddAPIKey", "RevokeAPIKey", "SaveLogo", "RemoveLogo", "DeliverWebhook", "report", "SendNotification", "Import", "ReserveKey", "StoreResponse"} {
		n += w.calls[what]
	}
	return n
}
