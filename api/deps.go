package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	untraced "go.opentelemetry.io/otel/trace/noop"
	common "go.temporal.io/api/common/v1"

	"countersign/collaboration"
	"countersign/internal/identity"
	"countersign/internal/limit"
	"countersign/internal/link"
)

// Authenticator tells who a bearer token belongs to; unauthenticated where it
// belongs to nobody.
type Authenticator interface {
	Authenticate(ctx context.Context, token string) (collaboration.Person, error)
}

// Login sends people to an OpenID provider, and takes them back.
type Login interface {
	// Begin is where to send somebody, and what to keep until they return. With
	// the prompt "select_account" the provider asks who they want to be.
	Begin(ctx context.Context, prompt string) (url string, a identity.Attempt, err error)
	// Finish is who came back: unauthenticated where nobody did.
	Finish(ctx context.Context, a identity.Attempt, query url.Values) (identity.Identity, error)
	// LogoutURL is where to log out at the provider too; "" where it has no such place.
	LogoutURL(idToken, returnTo string) string
}

// Customers looks customers up, usually through a cache.
type Customers interface {
	Customer(ctx context.Context, officeID, id string) (collaboration.Customer, error)
}

// Facts is what is recorded.
type Facts interface {
	// Person is what is theirs who has that e-mail address: maybe nothing.
	Person(ctx context.Context, email string) (collaboration.Person, error)
	Customers(ctx context.Context, officeID string, f collaboration.CustomerFilter) (customers []collaboration.Customer, next string, err error)
	Customer(ctx context.Context, officeID, id string) (collaboration.Customer, error)
	TaskOwner(ctx context.Context, officeID, taskID string) (customerID string, err error)
	// Live are the live activations of customers that Customers returned.
	Live(ctx context.Context, officeID string, page []collaboration.Customer) ([]collaboration.Live, error)
	Employees(ctx context.Context, officeID string) ([]collaboration.Employee, error)
	Activations(ctx context.Context, officeID string, f collaboration.ActivationFilter) (records []collaboration.Record, next string, err error)
	Overview(ctx context.Context, officeID string, now time.Time) (collaboration.Overview, error)
	Activation(ctx context.Context, id collaboration.ActivationID) (collaboration.Record, error)
	// ActivationsOf are those of several customers, newest first.
	ActivationsOf(ctx context.Context, customers []collaboration.Administration) ([]collaboration.Record, error)
	LiveActivation(ctx context.Context, officeID, customerID, solutionID string) (collaboration.ActivationID, error)
	Events(ctx context.Context, id collaboration.ActivationID, after int) ([]collaboration.Event, error)
	Import(ctx context.Context, officeID string, rows []collaboration.ImportRow, bad []collaboration.RowError, partial bool) (collaboration.ImportResult, error)
	Audit(ctx context.Context, id collaboration.ActivationID) (collaboration.AuditFile, error)
	EraseCustomer(ctx context.Context, officeID, customerID, by string, now time.Time) error
	AddBatch(ctx context.Context, b collaboration.Batch, rows []collaboration.BatchRow) error
	Batch(ctx context.Context, officeID, id string) (collaboration.Batch, error)
	BatchRows(ctx context.Context, id string, result collaboration.BatchResult, after, limit int) ([]collaboration.BatchRow, error)
	CancelBatch(ctx context.Context, officeID, id string, when time.Time) error
	RetryBatch(ctx context.Context, officeID, id string) error
	Webhooks(ctx context.Context, officeID string) ([]collaboration.Webhook, error)
	AddWebhook(ctx context.Context, w collaboration.Webhook) (id, secret string, err error)
	RemoveWebhook(ctx context.Context, officeID, id string) error
	EnableWebhook(ctx context.Context, officeID, id string) error
	EventsSince(ctx context.Context, officeID string, since time.Time) (events []collaboration.WebhookDelivery, next time.Time, err error)
	RecordMailEvent(ctx context.Context, e collaboration.MailEvent) (*collaboration.DeliveryReport, error)
	NameMainContact(ctx context.Context, officeID, customerID, administratorID string) error
	Access(ctx context.Context, id collaboration.ActivationID) (employees []string, err error)
	// AccessOn names who may use what the running ones of a page share.
	AccessOn(ctx context.Context, officeID string, page []collaboration.Record) (map[collaboration.ActivationID][]string, error)
	ReserveKey(ctx context.Context, officeID, key, requestHash string, id collaboration.ActivationID, now time.Time) (collaboration.ActivationID, error)
}

// Starter starts activations and hands messages to them.
type Starter interface {
	Start(ctx context.Context, order collaboration.Order) error
	Decide(ctx context.Context, d collaboration.Decision) (collaboration.Standing, error)
	Withdraw(ctx context.Context, w collaboration.Withdrawal) (collaboration.Standing, error)
	Resend(ctx context.Context, r collaboration.Resend) (collaboration.Standing, error)
	Correct(ctx context.Context, c collaboration.Correction) (collaboration.Standing, error)
	Forward(ctx context.Context, f collaboration.Forwarding) (collaboration.Standing, error)
	Change(ctx context.Context, c collaboration.Change) (collaboration.Standing, error)
	End(ctx context.Context, e collaboration.Ending) (collaboration.Standing, error)
	StartBatch(ctx context.Context, office, id string) error
	Tell(ctx context.Context, d collaboration.WebhookDelivery, again string) error
	Report(ctx context.Context, r collaboration.DeliveryReport) error
	Send(ctx context.Context, subject collaboration.Subject, l collaboration.Letter) error
	TakeBack(ctx context.Context, t collaboration.TakingBack) (collaboration.Standing, error)
	Standing(ctx context.Context, id collaboration.ActivationID) (collaboration.Standing, error)
}

// MailEvents reads what the mail provider posts: forged_event where somebody
// else wrote it.
type MailEvents interface {
	Read(header http.Header, body []byte) ([]collaboration.MailEvent, error)
}

// Links verifies the links in invitations.
type Links interface {
	Verify(token, purpose string, now time.Time) (link.Claims, error)
}

// Codec opens payloads as they stand in the engine's histories: those that are
// not sealed are left as they are, and one that cannot be opened is an error.
type Codec interface {
	Decode(sealed []*common.Payload) ([]*common.Payload, error)
}

// Deps is what the API is made of.
type Deps struct {
	Authenticator Authenticator
	Login         Login
	Facts         Facts
	Customers     Customers
	Starter       Starter
	Links         Links
	Codec         Codec
	Catalogue     collaboration.Catalogue
	// PublicURL is where people reach this API.
	PublicURL string

	// What may be left out.

	// CheckWebhook refuses an address that must not be called; nil takes any.
	CheckWebhook func(url string) collaboration.Code
	MailEvents   MailEvents // nil where the mail provider posts none
	// Operators are the e-mail addresses of who may read histories in clear text,
	// and CodecOrigins the exact origins of the Web UIs that may ask for it.
	Operators    []string
	CodecOrigins []string

	Sessions       *identity.Sessions // in this process's memory; says whether cookies are Secure
	Limits         Limits             // none
	Limiter        Limiter            // in this process
	Log            *slog.Logger
	Meter          metric.Meter
	Tracer         trace.Tracer
	Now            func() time.Time
	TrustedProxies []string      // nobody, unless named
	ReadTimeout    time.Duration // of one question to the facts: 5 s
	MessageTimeout time.Duration // of one message to the engine: 10 s
	Closing        time.Duration // how long to wait for an activation that is about to close: 2 s
	Poll           time.Duration // between two looks at an activation that is being followed: 250 ms
	Attention      time.Duration // that a page gives a customer who does not answer: 15 min
	Heartbeat      time.Duration // of a quiet event stream: 15 s
	MaxStreams     int           // event streams at a time, in this process: 200
}

// complete names everything that is missing, and fills in what may be left out.
func (d *Deps) complete() error {
	var missing []error
	need := func(ok bool, what string) {
		if !ok {
			missing = append(missing, errors.New("api: "+what))
		}
	}
	need(d.Authenticator != nil, "Authenticator is missing")
	need(d.Login != nil, "Login is missing")
	need(d.Facts != nil, "Facts are missing")
	need(d.Customers != nil, "Customers are missing")
	need(d.Starter != nil, "Starter is missing")
	need(d.Links != nil, "Links are missing")
	need(d.Codec != nil, "Codec is missing")
	need(len(d.Catalogue.Solutions()) > 0, "Catalogue is empty")
	setDefault(&d.ReadTimeout, 5*time.Second)
	setDefault(&d.MessageTimeout, 10*time.Second)
	setDefault(&d.Closing, 2*time.Second)
	setDefault(&d.Poll, 250*time.Millisecond)
	setDefault(&d.Heartbeat, 15*time.Second)
	setDefault(&d.Attention, 15*time.Minute)
	setDefault(&d.MaxStreams, 200)
	if d.CheckWebhook == nil {
		d.CheckWebhook = func(string) collaboration.Code { return "" }
	}
	if d.Sessions == nil {
		d.Sessions = identity.NewSessions(nil, d.PublicURL)
	}
	if d.Limiter == nil {
		d.Limiter = limit.New(nil)
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Meter == nil {
		d.Meter = noop.Meter{}
	}
	if d.Tracer == nil {
		d.Tracer = untraced.Tracer{}
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	return errors.Join(missing...)
}

func setDefault[T comparable](v *T, otherwise T) {
	if *v == *new(T) {
		*v = otherwise
	}
}
