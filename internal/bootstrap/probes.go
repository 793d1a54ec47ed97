package bootstrap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"countersign/internal/config"
	"countersign/internal/platform"
	"countersign/internal/redisclient"
	"countersign/internal/store"
	"countersign/internal/telemetry"
	"countersign/ops"
)

func probeDatabase(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		const fix = "start the database or correct COUNTERSIGN_DATABASE_URL; create a database with createdb (SQLite: countersign migrate)"
		db, err := store.Open(ctx, c.DatabaseURL, store.Existing())
		if err != nil {
			return []Finding{failed("database", err, fix)}
		}
		defer db.Close()
		version, err := db.Version(ctx)
		if err != nil {
			return []Finding{failed("database", err, fix)}
		}
		has, wants, err := db.Schema(ctx)
		detail := fmt.Sprintf("version %d", has)
		if has > wants {
			detail += fmt.Sprintf(", of a newer release; this release has %d", wants)
		}
		found := []Finding{passed("database", version), checkWrites(ctx, db), newFinding("schema", detail, err, "run countersign migrate")}
		if err == nil && !strings.HasPrefix(c.DatabaseURL, "sqlite:") {
			found = append(found, checkRole(ctx, db))
		}
		return append(found, checkClock(ctx, db), checkOffices(ctx, db))
	}
}

// checkWrites checks that the database's disk is not full.
func checkWrites(ctx context.Context, db *store.Store) Finding {
	const fix = "free space on the database's disk; in COUNTERSIGN_DATABASE_URL name the primary, and a role that may create temporary tables"
	return newFinding("database writes", "stored and rolled back", db.CheckWrites(ctx), fix)
}

// checkRole checks that the api and the worker cannot change the audit.
func checkRole(ctx context.Context, db *store.Store) Finding {
	const name, fix = "database role", "in COUNTERSIGN_DATABASE_URL use a role that owns nothing, in COUNTERSIGN_MIGRATE_DATABASE_URL the owner of the database; then run countersign migrate"
	return newFinding(name, "can add to the audit, and not change it", db.CheckRole(ctx), fix)
}

// probeOwner checks the connection of the migration.
func probeOwner(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		db, err := store.Open(ctx, c.MigrateDatabaseURL)
		if err == nil {
			err = db.Close()
		}
		return []Finding{newFinding("database of the migration", "reachable", err, "correct COUNTERSIGN_MIGRATE_DATABASE_URL")}
	}
}

// maxClockSkew is the largest accepted difference to the database's clock.
const maxClockSkew = 5 * time.Second

func checkClock(ctx context.Context, db *store.Store) Finding {
	const fix = "synchronise the clocks of this machine and the database (NTP)"
	ahead, err := db.Ahead(ctx)
	if err == nil && ahead.Abs() > maxClockSkew {
		err = fmt.Errorf("%s ahead of the database", ahead.Round(time.Second))
	}
	return newFinding("clock", "in sync with the database", err, fix)
}

func probeEncryptionKeys(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		const name, fix = "encryption keys", "append the named master key to COUNTERSIGN_ENCRYPTION_KEYS again; after countersign keys rotate it can be removed"
		db, err := store.Open(ctx, c.DatabaseURL, store.Existing())
		if err != nil {
			return nil // reported by probeDatabase
		}
		defer db.Close()
		if _, _, err := db.Schema(ctx); err != nil {
			return nil // reported by probeDatabase
		}
		keys, err := encryption(db, c)
		if err == nil {
			err = keys.Check(ctx)
		}
		return []Finding{newFinding(name, c.EncryptionKeys[0].ID+" is active; all data keys can be unwrapped", err, fix)}
	}
}

func probeRedis(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		const fix = "start Redis or correct COUNTERSIGN_REDIS_URL; it must name a primary. Leave it empty to run without Redis"
		r, err := redisclient.New(c.RedisURL)
		if err != nil {
			return []Finding{failed("Redis", err, fix)}
		}
		defer r.Close()
		version, err := redisclient.Check(ctx, r)
		return []Finding{newFinding("Redis", "version "+cmp.Or(version, "unknown")+", writable", err, fix)}
	}
}

func probeTemporal(c config.Config, needsWorker bool) probe {
	return func(ctx context.Context) []Finding {
		const fix = "start Temporal or correct TEMPORAL_ADDRESS and the other TEMPORAL_* (API key, TLS)"
		options, err := c.TemporalClient()
		if err != nil {
			return []Finding{failed("Temporal", err, fix)}
		}
		options.Logger = temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))
		connection, err := client.DialContext(ctx, options)
		if err != nil {
			return []Finding{failed("Temporal", err, fix)}
		}
		defer connection.Close()
		namespace := cmp.Or(options.Namespace, client.DefaultNamespace)
		operator := ops.NewTemporal(connection, namespace)
		version, err := operator.ServerVersion(ctx)
		if err != nil {
			return []Finding{failed("Temporal", err, fix)}
		}
		found := []Finding{passed("Temporal", "version "+version)}
		if err := operator.CheckNamespace(ctx); err != nil {
			return append(found, failed("namespace", err, "create it, extend its retention, or correct TEMPORAL_NAMESPACE (see deploy/temporal/namespace.sh)"))
		}
		return append(found, passed("namespace", namespace),
			newFinding("search attributes", "all registered", operator.CheckSearchAttributes(ctx),
				"temporal operator search-attribute create --namespace "+namespace+" --name NAME --type TYPE, for each (see deploy/temporal/namespace.sh)"),
			checkPollers(ctx, operator, needsWorker))
	}
}

// checkPollers checks that the released build's workers poll every task queue.
func checkPollers(ctx context.Context, t *ops.Temporal, needed bool) Finding {
	const name = "worker"
	routing, _, err := t.Routing(ctx)
	build := routing.Build
	var queues []string
	if err == nil {
		queues, err = t.QueuesWithoutPollers(ctx, build)
	}
	missing := "no worker" + ofBuild(build) + " polls " + strings.Join(queues, ", ")
	switch {
	case err != nil:
		return failed(name, err, "grant the Temporal credentials the right to describe task queues and worker deployments")
	case len(queues) == 0:
		return passed(name, "polls every task queue"+ofBuild(build))
	case !needed:
		return passed(name, missing+" yet")
	default:
		return failed(name, errors.New(missing), "start countersign worker of this release; if another build polls, release it with countersign release")
	}
}

func ofBuild(build string) string {
	if build == "" {
		return ""
	}
	return " (build " + build + ")"
}

func probeLogin(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		const name, fix = "OpenID provider", "start it or correct COUNTERSIGN_OIDC_ISSUER; it must equal the provider's issuer, including a slash at the end"
		p, err := provider(c)
		if err != nil {
			return []Finding{failed(name, err, "correct COUNTERSIGN_PUBLIC_URL")}
		}
		keys, err := p.Check(ctx)
		return []Finding{newFinding(name, fmt.Sprintf("issuer matches; keys: %d", keys), err, fix)}
	}
}

func probePlatform(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		err := platform.NewClient(c.PlatformURL, c.PlatformToken).Check(ctx)
		return []Finding{newFinding("platform", "reachable", err, "correct COUNTERSIGN_PLATFORM_URL and COUNTERSIGN_PLATFORM_TOKEN; docs/platform.md specifies the protocol")}
	}
}

func probeTraces(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		err := telemetry.CheckTraces(ctx, c.OpenTelemetry())
		return []Finding{newFinding("traces", "the collector accepts traces", err,
			"start the collector or correct OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS (OTLP over HTTP, usually port 4318)")}
	}
}

// probePublicURL accepts a refused connection, because the api may not run yet. Any other
// server there is an error.
func probePublicURL(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		const name, fix = "public URL", "correct COUNTERSIGN_PUBLIC_URL or the proxy between it and the api"
		detail, err := checkReadiness(ctx, c.PublicURL)
		return []Finding{newFinding(name, detail, err, fix)}
	}
}

func checkReadiness(ctx context.Context, base string) (string, error) {
	address, err := url.JoinPath(base, "readyz")
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	withoutRedirects := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := withoutRedirects.Do(request)
	var urlError *url.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "no server listens there yet", nil
	case errors.As(err, &urlError):
		return "", urlError.Err
	case err != nil:
		return "", err
	}
	response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return "an api is ready", nil
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "", fmt.Errorf("no api is ready: %s", response.Status)
	default:
		return "", fmt.Errorf("another server responds: %s", response.Status)
	}
}
