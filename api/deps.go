package api

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	untraced "go.opentelemetry.io/otel/trace/noop"

	"countersign/api/codecserver"
	"countersign/api/mailhook"
	"countersign/api/middleware"
	"countersign/api/page"
	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/identity"
	"countersign/internal/limit"
	"countersign/internal/link"
)

// Customers reads customers, usually through a cache.
type Customers interface {
	Customer(ctx context.Context, officeID, id string) (collaboration.Customer, error)
}

// Facts is the database.
type Facts interface {
	// Person returns the roles of an e-mail address; an unknown address has none.
	Person(ctx context.Context, email string) (collaboration.Person, error)
	Customers(ctx context.Context, officeID string, f collaboration.CustomerFilter) (customers []collaboration.Customer, next string, err error)
	Customer(ctx context.Context, officeID, id string) (collaboration.Customer, error)
	TaskOwner(ctx context.Context, officeID, taskID string) (customerID string, err error)
	// LiveActivations returns the live activations of a page of Customers.
	LiveActivations(ctx context.Context, officeID string, page []collaboration.Customer) ([]collaboration.LiveActivation, error)
	Employees(ctx context.Context, officeID string) ([]collaboration.Employee, error)
	Activations(ctx context.Context, officeID string, f collaboration.ActivationFilter) (records []collaboration.Activation, next string, err error)
	Overview(ctx context.Context, officeID string, now time.Time) (collaboration.Overview, error)
	Activation(ctx context.Context, id collaboration.ActivationID) (collaboration.Activation, error)
	// ActivationsOf returns the activations of several customers, newest first.
	ActivationsOf(ctx context.Context, customers []collaboration.Administration) ([]collaboration.Activation, error)
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
	RecordMailEvent(ctx context.Context, e collaboration.MailEvent) (*message.Command, error)
	NameMainContact(ctx context.Context, officeID, customerID, administratorID string) error
	Access(ctx context.Context, id collaboration.ActivationID) (employees []string, err error)
	// AccessOn returns the employees with access to the running collaborations of a page.
	AccessOn(ctx context.Context, officeID string, page []collaboration.Activation) (map[collaboration.ActivationID][]string, error)
	ReserveKey(ctx context.Context, officeID, key, requestHash string, id collaboration.ActivationID, now time.Time) (collaboration.ActivationID, error)
}

// Starter starts workflows and sends messages to them.
type Starter interface {
	Start(ctx context.Context, order collaboration.Order) error
	SendCommand(ctx context.Context, c message.Command) (message.Status, error)
	SignalCommand(ctx context.Context, c message.Command) error
	StartBatch(ctx context.Context, office, id string) error
	DeliverWebhook(ctx context.Context, d collaboration.WebhookDelivery, replay string) error
	SendNotification(ctx context.Context, subject collaboration.Subject, l collaboration.Notification) error
	Status(ctx context.Context, id collaboration.ActivationID) (message.Status, error)
}

// Links verifies the links in invitations.
type Links interface {
	Verify(token, purpose string, now time.Time) (link.Claims, error)
}

// Deps are the dependencies and settings of the API.
type Deps struct {
	Authenticator middleware.Authenticator
	Login         page.Login
	Facts         Facts
	Customers     Customers
	Starter       Starter
	Links         Links
	Codec         codecserver.Codec
	Catalogue     collaboration.Catalogue
	// PublicURL is the public base URL of this server.
	PublicURL string

	// The fields below are optional.

	// CheckWebhook rejects a forbidden webhook URL; nil accepts every URL.
	CheckWebhook func(url string) collaboration.Code
	MailEvents   mailhook.Parser // nil if the mail provider posts no events
	// Operators are the e-mail addresses that may read histories in clear text.
	// CodecOrigins are the exact origins of the Web UIs that may request them.
	Operators    []string
	CodecOrigins []string

	Sessions       *identity.Sessions // default: in process memory; decides whether cookies are Secure
	Limits         Limits             // default: no limits
	Limiter        *limit.Limiter     // default: counts in this process
	Log            *slog.Logger
	Meter          metric.Meter
	Tracer         trace.Tracer
	Now            func() time.Time
	TrustedProxies []string      // default: none
	ReadTimeout    time.Duration // of one database call; default 5 s
	MessageTimeout time.Duration // of one message to Temporal; default 10 s
	Closing        time.Duration // wait for an activation that is about to close; default 2 s
	Poll           time.Duration // interval of polling a followed activation; default 250 ms
	Attention      time.Duration // of a page's stream while a customer does not answer; default 15 min
	Heartbeat      time.Duration // interval on an idle event stream; default 15 s
	MaxStreams     int           // concurrent event streams in this process; default 200
}

// complete returns an error for every missing dependency, and sets the defaults.
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
