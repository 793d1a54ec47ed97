package roles

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"countersign/activities"
	"countersign/api"
	"countersign/collaboration"
	"countersign/internal/config"
	"countersign/internal/identity"
	"countersign/internal/limit"
	"countersign/internal/store"
	"countersign/internal/webhook"
	"countersign/ops"
	"countersign/starter"
	"countersign/worker"
)

// finishRequests is how long running requests may take once the api stops.
const finishRequests = 15 * time.Second

// API serves the API and its pages until the context ends, then finishes what
// is running.
func API(ctx context.Context, c config.Config, log *slog.Logger) error {
	p, err := open(ctx, config.API, c, log)
	if err != nil {
		return err
	}
	defer p.close()
	options, err := p.engineOptions(c, log)
	if err != nil {
		return err
	}
	// Lazy: the api starts, and serves what it can, without the engine.
	engine, err := client.NewLazyClient(options)
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	defer engine.Close()
	starts := starter.New(engine, starter.DefaultAnswerWithin)
	p.facts.OnEvent(func(ctx context.Context, d collaboration.WebhookDelivery) error { return starts.Tell(ctx, d, "") })
	provider, err := provider(c)
	if err != nil {
		return err
	}
	static, err := identity.ParseStaticTokens(strings.Join(c.APITokens, ","))
	if err != nil {
		return err
	}
	server, err := api.New(api.Deps{
		Authenticator:  identity.NewTokens(static, provider, p.facts),
		Login:          provider,
		Sessions:       identity.NewSessions(p.redis, c.PublicURL),
		Facts:          p.facts,
		Customers:      p.customers,
		Starter:        starts,
		Links:          p.links,
		Codec:          p.codec,
		Catalogue:      collaboration.DefaultCatalogue,
		PublicURL:      c.PublicURL,
		MailEvents:     mailEvents(c.SendGrid),
		Operators:      c.Operators,
		CodecOrigins:   c.CodecOrigins,
		CheckWebhook:   func(url string) collaboration.Code { return webhook.CheckURL(url, c.WebhooksPrivate) },
		TrustedProxies: c.TrustedProxies,
		Limits:         api.Limits(c.Limits),
		Limiter:        limit.New(p.redis),
		Log:            log,
		Meter:          p.telemetry.Meter("countersign/api"),
		Tracer:         p.traces.Tracer("countersign/api"),
	})
	if err != nil {
		return err
	}
	return besideAdmin(ctx,
		func(ctx context.Context) error {
			return serveAdmin(ctx, c.AdminListen, p.telemetry.Handler(), p.facts.Ping)
		},
		func(ctx context.Context) error {
			return api.Run(ctx, c.Listen, server, api.Stop{Drain: c.DrainFor, Finish: finishRequests})
		},
	)
}

// Worker runs workflows and activities until the context ends, then finishes
// the steps that are running.
func Worker(ctx context.Context, c config.Config, log *slog.Logger) error {
	p, err := open(ctx, config.Worker, c, log)
	if err != nil {
		return err
	}
	defer p.close()
	options, err := p.engineOptions(c, log)
	if err != nil {
		return err
	}
	engine, err := client.DialContext(ctx, options)
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	defer engine.Close()
	if err := showBacklog(p.facts, p.telemetry.Meter("countersign"), log); err != nil {
		return err
	}
	m, err := mailer(c, p.telemetry.Meter("countersign/internal/mail"))
	if err != nil {
		return err
	}
	starts := starter.New(engine, starter.DefaultAnswerWithin)
	p.facts.OnEvent(func(ctx context.Context, d collaboration.WebhookDelivery) error { return starts.Tell(ctx, d, "") })
	steps, drain := activities.New(p.steps(c), m, addresses{p.links, c.PublicURL}, rate.NewLimiter(rate.Limit(c.MailPerSecond), int(math.Ceil(c.MailPerSecond))))
	var polling atomic.Bool
	context.AfterFunc(ctx, func() { polling.Store(false) })
	ready := func(ctx context.Context) error {
		if !polling.Load() {
			return errors.New("not polling")
		}
		return p.facts.Ping(ctx)
	}
	return besideAdmin(ctx,
		func(ctx context.Context) error {
			return serveAdmin(ctx, c.AdminListen, p.telemetry.Handler(), ready)
		},
		func(ctx context.Context) error {
			ctx, stop := context.WithCancel(ctx)
			var takingUp sync.WaitGroup
			takingUp.Go(func() { takeUp(ctx, ops.NewTemporal(engine, options.Namespace), c.Build, log) })
			defer takingUp.Wait()
			defer stop()
			return worker.Run(ctx, worker.Config{
				Engine: engine, Activities: steps, Webhooks: activities.NewWebhooks(p.facts, webhook.NewSender(c.WebhooksPrivate)), Drain: drain,
				Batches: activities.NewBatches(p.facts, starts, collaboration.DefaultCatalogue), MailPerSecond: c.MailPerSecond, Build: c.Build,
				StopTimeout: worker.DefaultStopTimeout, Ready: func() { polling.Store(true); log.Info("working", "build", c.Build) },
			})
		},
	)
}

// takeUp releases the first build of all, whose workers would wait for somebody to
// do so, and says where a worker is given nothing because another is released.
func takeUp(ctx context.Context, engine *ops.Temporal, build string, log *slog.Logger) {
	untouched, err := engine.Untouched(ctx)
	var released ops.Routing
	switch {
	case err != nil:
	case untouched && build != "":
		_, err = ops.Release(ctx, engine, build, 0)
	default:
		if released, _, err = engine.Routing(ctx); err == nil && !released.Gives(build) {
			log.Warn("given nothing before countersign release", "build", build, "released", released.String())
		}
	}
	if err != nil && ctx.Err() == nil {
		log.Warn("whether the build is released is not known", "build", build, "error", err)
	}
}

// Migrate brings the database's schema up to date.
func Migrate(ctx context.Context, c config.Config) error {
	facts, err := store.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	defer facts.Close()
	return facts.Migrate(ctx)
}

// Seed fills a database with an office and customers to try things with.
func Seed(ctx context.Context, c config.Config) error {
	facts, err := store.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	defer facts.Close()
	return facts.Seed(ctx)
}

// besideAdmin does a role's work with its admin address open until the work is
// done, so that an orderly stop can be watched. The first that fails stops the
// other.
func besideAdmin(ctx context.Context, admin, work func(context.Context) error) error {
	adminCtx, closeAdmin := context.WithCancel(context.WithoutCancel(ctx))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return admin(adminCtx) })
	group.Go(func() error {
		defer closeAdmin()
		return work(ctx)
	})
	return group.Wait()
}
