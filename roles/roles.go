package roles

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"countersign/activities"
	"countersign/api"
	"countersign/collaboration"
	"countersign/internal/config"
	"countersign/internal/identity"
	"countersign/internal/store"
	"countersign/starter"
	"countersign/worker"
)

// finishRequests is how long running requests may take once the api stops.
const finishRequests = 15 * time.Second

// API serves the API and its pages until the context ends, then finishes what
// is running.
func API(ctx context.Context, c config.Config, log *slog.Logger) error {
	p, err := open(ctx, c)
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
	employees, err := identity.ParseStaticTokens(strings.Join(c.APITokens, ","), p.facts)
	if err != nil {
		return err
	}
	server, err := api.New(api.Deps{
		Authenticator: employees,
		Facts:         p.facts,
		Customers:     p.customers,
		Starter:       starter.New(engine, starter.DefaultAnswerWithin),
		Links:         p.links,
		Catalogue:     collaboration.DefaultCatalogue,
		Ready:         p.facts.Ping,
		FormKey:       formKey(c.LinkKeys[0]),
		PublicURL:     c.PublicURL,
		Log:           log,
	})
	if err != nil {
		return err
	}
	return together(ctx,
		func(ctx context.Context) error {
			return api.Run(ctx, c.Listen, server, api.Stop{Drain: c.DrainFor, Finish: finishRequests})
		},
		func(ctx context.Context) error {
			return serveAdmin(ctx, c.AdminListen, p.telemetry.Handler(), p.facts.Ping)
		},
	)
}

// Worker runs workflows and activities until the context ends, then finishes
// the steps that are running.
func Worker(ctx context.Context, c config.Config, log *slog.Logger) error {
	p, err := open(ctx, c)
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
	m, err := mailer(c)
	if err != nil {
		return err
	}
	steps, drain := activities.New(p.facts, m, approvalLinks{p.links, c.PublicURL}, rate.NewLimiter(rate.Limit(c.MailPerSecond), int(math.Ceil(c.MailPerSecond))))
	ready := make(chan struct{})
	return together(ctx,
		func(ctx context.Context) error {
			return worker.Run(ctx, worker.Config{
				Engine: engine, Activities: steps, Drain: drain, MailPerSecond: c.MailPerSecond,
				StopTimeout: worker.DefaultStopTimeout, Ready: func() { close(ready); log.Info("working") },
			})
		},
		func(ctx context.Context) error {
			return serveAdmin(ctx, c.AdminListen, p.telemetry.Handler(), func(ctx context.Context) error {
				select {
				case <-ready:
					return p.facts.Ping(ctx)
				default:
					return errors.New("not polling yet")
				}
			})
		},
	)
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

// together runs a process's parts; the first that fails stops the others.
func together(ctx context.Context, parts ...func(context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, part := range parts {
		group.Go(func() error { return part(ctx) })
	}
	return group.Wait()
}
