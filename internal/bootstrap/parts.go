package bootstrap

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/internal/auditkey"
	"countersign/internal/cache"
	"countersign/internal/codec"
	"countersign/internal/config"
	"countersign/internal/link"
	"countersign/internal/platform"
	"countersign/internal/redisclient"
	"countersign/internal/store"
	"countersign/internal/telemetry"
	"countersign/starter"
)

// parts are the adapters that the api and the worker share.
type parts struct {
	db        *store.Store
	customers *cache.Customers
	redis     *redis.Client
	links     *link.Signer
	audit     *auditkey.Signer
	codec     *codec.Codec
	telemetry *telemetry.Telemetry
	traces    *telemetry.Traces
	temporal  client.Options
}

func open(ctx context.Context, role config.Role, c config.Config, log *slog.Logger) (*parts, error) {
	p := &parts{}
	err := p.connect(ctx, role, c, log)
	if err == nil {
		p.temporal, err = p.temporalOptions(c, log)
	}
	if err != nil {
		p.close()
		return nil, err
	}
	// A write to a customer invalidates its cached copy in every process.
	p.db.OnCustomerChanged(p.customers.Invalidate)
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
	if p.audit, err = auditkey.New(keys(c.AuditKeys), keys(c.AuditPublicKeys)); err != nil {
		return err
	}
	if p.db, err = store.Open(ctx, c.DatabaseURL, store.MaxConns(c.DatabaseConnections)); err != nil {
		return err
	}
	p.db.SignAudit(p.audit)
	if p.codec, err = encryption(p.db, c); err != nil {
		return err
	}
	if c.RedisURL != "" {
		redisclient.SetLogger(log)
		if p.redis, err = redisclient.New(c.RedisURL); err != nil {
			return err
		}
	}
	p.customers = cache.NewCustomers(p.redis, p.db, p.telemetry.Meter("countersign/internal/cache"))
	return p.measure(log)
}

// measure exports metrics of the database pools and the stored steps.
func (p *parts) measure(log *slog.Logger) error {
	for name, pool := range p.db.Pools() {
		if err := p.telemetry.Pool(name, pool); err != nil {
			return err
		}
	}
	return countSteps(p.db, p.telemetry.Meter("countersign"), log)
}

// traceShutdownTimeout bounds the export of the last traces, because the collector may be
// unavailable.
const traceShutdownTimeout = 2 * time.Second

func (p *parts) close() {
	if p.redis != nil {
		p.redis.Close()
	}
	if p.db != nil {
		p.db.Close()
	}
	if p.telemetry != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = p.telemetry.Shutdown(ctx) // the error has no recipient
	}
	if p.traces != nil {
		ctx, cancel := context.WithTimeout(context.Background(), traceShutdownTimeout)
		defer cancel()
		_ = p.traces.Shutdown(ctx)
	}
}

func keys[K ~[]byte](configured []K) [][]byte {
	out := make([][]byte, len(configured))
	for i, k := range configured {
		out[i] = k
	}
	return out
}

// temporalOptions returns the client's options from TEMPORAL_*, with metrics, traces, the
// logger and encryption.
func (p *parts) temporalOptions(c config.Config, log *slog.Logger) (client.Options, error) {
	options, err := c.TemporalClient()
	if err != nil {
		return options, err
	}
	options.MetricsHandler = p.telemetry.TemporalMetrics()
	options.Logger = temporallog.NewStructuredLogger(log)
	p.traces.ConfigureClient(&options)
	return options, p.codec.ConfigureClient(&options)
}

// newStarter returns a starter, which also delivers the webhooks of stored events.
func (p *parts) newStarter(temporal client.Client) *starter.Starter {
	s := starter.New(temporal, starter.DefaultUpdateTimeout)
	p.db.OnEvent(func(ctx context.Context, d collaboration.WebhookDelivery) error {
		return s.DeliverWebhook(ctx, d, "")
	})
	return s
}

// activityStore returns the store of the activities: the database, or the database behind
// an external platform.
func (p *parts) activityStore(c config.Config) activities.Store {
	if c.PlatformURL == "" {
		return p.db
	}
	return activities.OnPlatform(p.db, platform.NewClient(c.PlatformURL, c.PlatformToken))
}

// mailLinks builds the URLs in mails.
type mailLinks struct {
	signer *link.Signer
	base   string
}

func (l mailLinks) ApprovalURL(id collaboration.ActivationID, generation int, expires time.Time) string {
	return l.url("approve", l.signer.Sign(link.Claims{Activation: id, Generation: generation, Purpose: link.Approve, Expires: expires}))
}

func (l mailLinks) CollaborationURL(id collaboration.ActivationID) string {
	return l.url("my", "collaborations", string(id))
}

func (l mailLinks) ActivationURL(id collaboration.ActivationID) string {
	return l.url("activations", string(id))
}

func (l mailLinks) HomeURL() string { return l.url("/") }

func (l mailLinks) url(path ...string) string {
	joined, err := url.JoinPath(l.base, path...)
	if err != nil { // config.Load has validated the base
		panic(err)
	}
	return joined
}
