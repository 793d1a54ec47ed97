package api

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	untraced "go.opentelemetry.io/otel/trace/noop"

	"countersign/api/codecserver"
	"countersign/api/mailhook"
	"countersign/api/middleware"
	"countersign/api/office"
	"countersign/api/page"
	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/collaboration/anchor"
	"countersign/internal/app"
	"countersign/internal/app/apikeys"
	"countersign/internal/app/directory"
	"countersign/internal/app/evidence"
	"countersign/internal/identity"
	"countersign/internal/limit"
)

// Store is the database. Each part of the API declares the methods that it needs.
type Store interface {
	app.Store
	evidence.Store
	page.People
	mailhook.Store
	rest.Store
	office.Store
}

// Workflows starts workflow executions and sends commands to them.
type Workflows interface {
	app.Workflows
	directory.Mails
	mailhook.Workflows
}

// Config has the dependencies and settings of the server.
type Config struct {
	Authenticator middleware.Authenticator
	Login         page.Login
	Store         Store
	Directory     directory.Store
	Logos         directory.LogoStore
	APIKeys       apikeys.Store
	Customers     app.CustomerLookup // usually a cache
	Workflows     Workflows
	Links         app.Links
	AccessSync    directory.AccessSync // nil without an external platform
	// AuditKeys verify the signatures of the audit.
	AuditKeys anchor.Keys
	Codec     codecserver.Codec
	Catalogue collaboration.Catalogue
	// PublicURL is the public base URL of this server.
	PublicURL string

	// The fields below are optional.

	// LoginHost is the host of the login service, and SignupURL where customers get an
	// account for it.
	LoginHost, SignupURL string

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
	LogKey         []byte // of the digests in the log; default: a random key
	Meter          metric.Meter
	Tracer         trace.Tracer
	Now            func() time.Time
	TrustedProxies []string      // default: none
	ReadTimeout    time.Duration // of one database call; default 5 s
	MessageTimeout time.Duration // of one message to Temporal; default 10 s
	CloseWait      time.Duration // wait for an activation that is about to close; default 2 s
	Poll           time.Duration // interval of polling a followed activation; default 250 ms
	StreamIdle     time.Duration // of a page's stream while a customer does not answer; default 15 min
	Heartbeat      time.Duration // interval on an idle event stream; default 15 s
}

// complete returns an error for every missing dependency, and sets the defaults.
func (c *Config) complete() error {
	var missing []error
	need := func(ok bool, what string) {
		if !ok {
			missing = append(missing, errors.New("api: "+what))
		}
	}
	need(c.Authenticator != nil, "Authenticator is missing")
	need(c.Login != nil, "Login is missing")
	need(c.Store != nil, "Store is missing")
	need(c.Logos != nil, "Logos are missing")
	need(c.APIKeys != nil, "APIKeys are missing")
	need(c.Customers != nil, "Customers are missing")
	need(c.Workflows != nil, "Workflows are missing")
	need(c.Links != nil, "Links are missing")
	need(c.Codec != nil, "Codec is missing")
	need(len(c.Catalogue.Solutions()) > 0, "Catalogue is empty")
	setDefault(&c.ReadTimeout, 5*time.Second)
	setDefault(&c.MessageTimeout, 10*time.Second)
	setDefault(&c.CloseWait, 2*time.Second)
	setDefault(&c.Poll, 250*time.Millisecond)
	setDefault(&c.Heartbeat, 15*time.Second)
	setDefault(&c.StreamIdle, 15*time.Minute)
	if c.CheckWebhook == nil {
		c.CheckWebhook = func(string) collaboration.Code { return "" }
	}
	if c.Sessions == nil {
		c.Sessions = identity.NewSessions(nil, c.PublicURL)
	}
	if c.Limiter == nil {
		c.Limiter = limit.New(nil)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if len(c.LogKey) == 0 {
		c.LogKey = []byte(rand.Text())
	}
	if c.Meter == nil {
		c.Meter = noop.Meter{}
	}
	if c.Tracer == nil {
		c.Tracer = untraced.Tracer{}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return errors.Join(missing...)
}

func setDefault[T comparable](v *T, otherwise T) {
	if *v == *new(T) {
		*v = otherwise
	}
}

// isOperator reports whether an e-mail address is configured as an operator's.
// Operators belong to no office and no customer.
func (c *Config) isOperator(email string) bool {
	return slices.ContainsFunc(c.Operators, func(o string) bool { return strings.ToLower(o) == email })
}
