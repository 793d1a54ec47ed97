package roles

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/metric"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"countersign/activities"
	"countersign/api"
	"countersign/collaboration"
	"countersign/internal/cache"
	"countersign/internal/codec"
	"countersign/internal/config"
	"countersign/internal/link"
	countersignmail "countersign/internal/mail"
	"countersign/internal/platform"
	"countersign/internal/store"
	"countersign/internal/telemetry"
)

// parts are what both the api and the worker stand on.
type parts struct {
	facts     *store.Store
	customers *cache.Customers
	redis     *redis.Client
	tracking  *redis.Client // reads customers, and nothing else
	links     *link.Signer
	codec     *codec.Codec
	telemetry *telemetry.Telemetry
	traces    *telemetry.Traces
}

func open(ctx context.Context, role config.Role, c config.Config, log *slog.Logger) (*parts, error) {
	p := &parts{}
	if err := p.connect(ctx, role, c, log); err != nil {
		p.close()
		return nil, err
	}
	// Whoever writes a customer makes every process forget its cached copy.
	p.facts.OnCustomerChanged(p.customers.Forget)
	return p, nil
}

func (p *parts) connect(ctx context.Context, role config.Role, c config.Config, log *slog.Logger) (err error) {
	if p.telemetry, err = telemetry.New(); err != nil {
		return err
	}
	if p.traces, err = telemetry.NewTraces(ctx, "countersign-"+string(role), c.OpenTelemetry(), log); err != nil {
		return err
	}
	if p.links, err = link.New(keys(c.LinkKeys)...); err != nil {
		return err
	}
	if p.facts, err = store.Open(ctx, c.DatabaseURL); err != nil {
		return err
	}
	if p.codec, err = encryption(p.facts, c); err != nil {
		return err
	}
	if c.RedisURL != "" {
		cache.LogTo(log)
		if p.redis, err = cache.NewRedis(c.RedisURL); err != nil {
			return err
		}
	}
	p.customers = cache.NewCustomers(p.redis, p.facts, p.telemetry.Meter("countersign/internal/cache"))
	if p.redis != nil && c.RedisTracking {
		if p.tracking, err = cache.NewTracking(c.RedisURL); err != nil {
			return err
		}
		p.customers.Track(p.tracking)
	}
	return p.measure(log)
}

// measure counts what both roles do with the facts.
func (p *parts) measure(log *slog.Logger) error {
	for name, pool := range p.facts.Pools() {
		if err := p.telemetry.Pool(name, pool); err != nil {
			return err
		}
	}
	return countSteps(p.facts, p.telemetry.Meter("countersign"), log)
}

// sendTraces is how long the last traces may take: a collector that is away
// holds nobody up.
const sendTraces = 2 * time.Second

func (p *parts) close() {
	if p.redis != nil {
		p.redis.Close()
	}
	if p.tracking != nil {
		p.tracking.Close()
	}
	if p.facts != nil {
		p.facts.Close()
	}
	if p.telemetry != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = p.telemetry.Shutdown(ctx) // nothing is left to tell about it
	}
	if p.traces != nil {
		ctx, cancel := context.WithTimeout(context.Background(), sendTraces)
		defer cancel()
		_ = p.traces.Shutdown(ctx)
	}
}

func keys(configured []config.Key) [][]byte {
	out := make([][]byte, len(configured))
	for i, k := range configured {
		out[i] = k
	}
	return out
}

// engineOptions adds to TEMPORAL_* what every role wants.
func (p *parts) engineOptions(c config.Config, log *slog.Logger) (client.Options, error) {
	options, err := c.Engine()
	if err != nil {
		return options, err
	}
	options.MetricsHandler = p.telemetry.Engine()
	options.Logger = temporallog.NewStructuredLogger(log)
	p.traces.Follow(&options)
	return options, p.codec.Protect(&options)
}

// steps are where the activities record what they do: our own platform, or our
// facts behind another system.
func (p *parts) steps(c config.Config) activities.Facts {
	if c.PlatformURL == "" {
		return p.facts
	}
	return activities.OnPlatform(p.facts, platform.NewClient(c.PlatformURL, c.PlatformToken))
}

// addresses are where the buttons in mails lead.
type addresses struct {
	signer *link.Signer
	base   string
}

func (l addresses) ApprovalURL(id collaboration.ActivationID, generation int, expires time.Time) string {
	return l.address("approve", l.signer.Sign(link.Claims{Activation: id, Generation: generation, Purpose: link.Approve, Expires: expires}))
}

func (l addresses) CollaborationURL(id collaboration.ActivationID) string {
	return l.address("my", "collaborations", string(id))
}

func (l addresses) address(path ...string) string {
	address, err := url.JoinPath(l.base, path...)
	if err != nil { // the base was checked with the settings
		panic(err)
	}
	return address
}

func mailer(c config.Config, meter metric.Meter) (*countersignmail.Mailer, error) {
	from, err := mail.ParseAddress(c.MailFrom)
	if err != nil {
		return nil, err
	}
	service, err := sender(c)
	if err != nil {
		return nil, err
	}
	sender, err := countersignmail.Timed(service, meter)
	if err != nil {
		return nil, err
	}
	return countersignmail.NewMailer(sender, collaboration.DefaultCatalogue, from.Address, from.Name), nil
}

// mailService carries mail, and can be asked whether it would.
type mailService interface {
	countersignmail.Sender
	Check(context.Context) error
}

func sender(c config.Config) (mailService, error) {
	switch c.Mail {
	case "sendgrid":
		return countersignmail.NewSendGrid(countersignmail.SendGridConfig{
			APIKey: c.SendGrid.APIKey, Sandbox: c.SendGrid.Sandbox, BaseURL: c.SendGrid.URL,
		}), nil
	case "smtp":
		return smtp(c.SMTP)
	case "inbox":
		return countersignmail.OpenInbox(c.InboxDir)
	default:
		return nil, errors.New("no such way to send mail: " + c.Mail)
	}
}

// mailEvents is nil where no key is set: nobody's events are then taken.
func mailEvents(c config.SendGrid) api.MailEvents {
	if len(c.WebhookKeys) == 0 {
		return nil
	}
	var keys []*ecdsa.PublicKey
	for _, k := range c.WebhookKeys {
		keys = append(keys, k.PublicKey)
	}
	return countersignmail.NewEvents(keys...)
}

func smtp(c config.SMTP) (mailService, error) {
	host, port, err := net.SplitHostPort(c.Address)
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("smtp port: %w", err)
	}
	return countersignmail.NewSMTP(countersignmail.SMTPConfig{
		Host: host, Port: number, Username: c.Username, Password: c.Password, TLS: countersignmail.TLSPolicy(c.TLS),
	}), nil
}
