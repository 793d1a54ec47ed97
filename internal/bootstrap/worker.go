package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	"golang.org/x/time/rate"

	"countersign/activities"
	"countersign/internal/config"
	"countersign/internal/limit"
	"countersign/internal/webhook"
	"countersign/ops"
	"countersign/starter"
	"countersign/worker"
)

// Worker runs workflows and activities until the context ends, and then completes the
// activities in progress.
func Worker(ctx context.Context, c config.Config, log *slog.Logger) error {
	p, err := open(ctx, config.Worker, c, log)
	if err != nil {
		return err
	}
	defer p.close()
	temporal, err := client.DialContext(ctx, p.temporal)
	if err != nil {
		return fmt.Errorf("temporal: %w", err)
	}
	defer temporal.Close()
	if err := exportBacklog(p.db, p.telemetry.Meter("countersign"), log); err != nil {
		return err
	}
	solutions, err := c.Catalogue()
	if err != nil {
		return err
	}
	m, err := mailer(c.Mail, solutions, p.telemetry.Meter("countersign/internal/mail"))
	if err != nil {
		return err
	}
	starts := p.newStarter(temporal)
	steps, drain := activities.New(p.activityStore(c), m, mailLinks{p.links, c.PublicURL}, rate.NewLimiter(rate.Limit(c.Mail.PerSecond), int(math.Ceil(c.Mail.PerSecond))), solutions)
	var polling atomic.Bool
	context.AfterFunc(ctx, func() { polling.Store(false) })
	ready := func(ctx context.Context) error {
		if !polling.Load() {
			return errors.New("not polling")
		}
		return p.db.Ping(ctx)
	}
	return runWithAdmin(ctx,
		func(ctx context.Context) error {
			return serveAdmin(ctx, c.AdminListen, p.telemetry.Handler(), ready)
		},
		func(ctx context.Context) error {
			ctx, stop := context.WithCancel(ctx)
			var releasing sync.WaitGroup
			releasing.Go(func() { releaseFirstBuild(ctx, ops.NewTemporal(temporal, p.temporal.Namespace), c.Build, log) })
			releasing.Go(func() { startRetention(ctx, starts, log) })
			defer releasing.Wait()
			defer stop()
			return worker.Run(ctx, worker.Config{
				Engine: temporal, Activities: steps, Drain: drain,
				Webhooks:  activities.NewWebhooks(p.db, webhook.NewSender(c.WebhooksPrivate), limit.NewShares(webhooksOfOffice, webhookWait)),
				Batches:   activities.NewBatches(p.db, starts, limit.Mails{Limiter: limit.New(p.redis), PerHour: c.Limits.Mails}, solutions),
				Retention: activities.NewRetention(p.db.RetainedData(), c.Retention.Policy()), MailPerSecond: c.Mail.PerSecond, Build: c.Build,
				StopTimeout: worker.DefaultStopTimeout, Ready: func() { polling.Store(true); log.Info("working", "build", c.Build, "version", Version()) },
			})
		},
	)
}

// startRetention starts the execution that deletes old data. If Temporal fails, the next
// worker that starts tries again.
func startRetention(ctx context.Context, s *starter.Starter, log *slog.Logger) {
	if err := s.StartRetention(ctx); err != nil && ctx.Err() == nil {
		log.Warn("the deletion of old data did not start", "error", err)
	}
}

const (
	// webhooksOfOffice is how many webhooks of one office a worker calls at a time: a fifth
	// of all.
	webhooksOfOffice = 10
	// webhookWait is how long a delivery waits for the others of its office. While it waits,
	// it uses a slot of the worker.
	webhookWait = 500 * time.Millisecond
)

// releaseFirstBuild releases the build if no build was ever released. Otherwise it logs
// whether the worker receives no tasks because another build is released.
func releaseFirstBuild(ctx context.Context, t *ops.Temporal, build string, log *slog.Logger) {
	neverRouted, err := t.NeverRouted(ctx)
	var released ops.Routing
	switch {
	case err != nil:
	case neverRouted && build != "":
		_, err = ops.Release(ctx, t, build, 0)
	default:
		if released, _, err = t.Routing(ctx); err == nil && !released.RoutesTo(build) {
			log.Warn("no tasks before countersign release", "build", build, "released", released.String())
		}
	}
	if err != nil && ctx.Err() == nil {
		log.Warn("the released build is unknown", "build", build, "error", err)
	}
}
