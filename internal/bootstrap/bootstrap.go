package bootstrap

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"countersign/api"
	"countersign/api/request"
	"countersign/collaboration"
	"countersign/internal/app/directory"
	"countersign/internal/config"
	"countersign/internal/identity"
	"countersign/internal/limit"
	"countersign/internal/store"
	"countersign/internal/webhook"
)

// shutdownTimeout bounds the requests that are in progress when the api stops.
const shutdownTimeout = 15 * time.Second

// API serves the API and its pages until the context ends, and then completes the
// requests in progress.
func API(ctx context.Context, c config.Config, log *slog.Logger) error {
	p, err := open(ctx, config.API, c, log)
	if err != nil {
		return err
	}
	defer p.close()
	// Lazy, because the api also starts and serves reads while Temporal is unavailable.
	temporal, err := client.NewLazyClient(p.temporal)
	if err != nil {
		return fmt.Errorf("temporal: %w", err)
	}
	defer temporal.Close()
	starts := p.newStarter(temporal)
	provider, err := provider(c)
	if err != nil {
		return err
	}
	static, err := identity.ParseStaticTokens(strings.Join(c.APITokens, ","))
	if err != nil {
		return err
	}
	var access directory.AccessSync
	if c.PlatformURL != "" {
		access = starts
	}
	solutions, err := c.Catalogue()
	if err != nil {
		return err
	}
	server, err := api.New(api.Config{
		AccessSync:     access,
		Authenticator:  identity.NewTokens(static, provider, p.db, p.db.APIKeys()),
		Login:          provider,
		Sessions:       identity.NewSessions(p.redis, c.PublicURL),
		Store:          p.db,
		Directory:      p.db.OfficeDirectory(),
		Logos:          p.db.OfficeLogos(),
		APIKeys:        p.db.APIKeys(),
		Customers:      p.customers,
		Workflows:      starts,
		Links:          p.links,
		AuditKeys:      p.audit.Keys(),
		Codec:          p.codec,
		Catalogue:      solutions,
		PublicURL:      c.PublicURL,
		LoginHost:      hostOf(c.OIDC.Issuer),
		SignupURL:      c.SignupURL,
		MailEvents:     c.Mail.EventParser(),
		Operators:      c.Operators,
		CodecOrigins:   c.CodecOrigins,
		CheckWebhook:   func(url string) collaboration.Code { return webhook.CheckURL(url, c.WebhooksPrivate) },
		TrustedProxies: c.TrustedProxies,
		Limits:         api.Limits(c.Limits),
		Limiter:        limit.New(p.redis),
		Log:            log,
		LogKey:         logKey(c.LinkKeys[0]),
		Meter:          p.telemetry.Meter("countersign/api"),
		Tracer:         p.traces.Tracer("countersign/api"),
	})
	if err != nil {
		return err
	}
	return runWithAdmin(ctx,
		func(ctx context.Context) error {
			return serveAdmin(ctx, c.AdminListen, p.telemetry.Handler(), p.db.Ping)
		},
		func(ctx context.Context) error {
			return api.Run(ctx, c.Listen, server, api.Shutdown{Drain: c.DrainFor, Finish: shutdownTimeout})
		},
	)
}

// LogDigest returns the digest of an operator's address in the log.
func LogDigest(c config.Config, address string) string {
	return request.Digest(logKey(c.LinkKeys[0]), strings.ToLower(address))
}

// logKey derives the key of the digests in the log, so that every process has the same.
func logKey(secret []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("countersign log digest 1"))
	return mac.Sum(nil)
}

// Migrate applies the missing migrations of the database's schema. With a URL for the
// migration, it grants the role of the other URL its rights.
func Migrate(ctx context.Context, c config.Config) error {
	db, err := openToMigrate(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Migrate(ctx)
}

func openToMigrate(ctx context.Context, c config.Config) (*store.Store, error) {
	if c.MigrateDatabaseURL == "" {
		return store.Open(ctx, c.DatabaseURL)
	}
	role, err := store.RoleOf(c.DatabaseURL)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, c.MigrateDatabaseURL, store.GrantTo(role))
}

// runWithAdmin runs a role and its admin server. The admin server stops last, so that it
// serves health and metrics during the shutdown. An error in one stops the other.
func runWithAdmin(ctx context.Context, admin, work func(context.Context) error) error {
	adminCtx, closeAdmin := context.WithCancel(context.WithoutCancel(ctx))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return admin(adminCtx) })
	group.Go(func() error {
		defer closeAdmin()
		return work(ctx)
	})
	return group.Wait()
}
