package roles

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

	"countersign/collaboration"
	"countersign/internal/cache"
	"countersign/internal/config"
	"countersign/internal/platform"
	"countersign/internal/store"
	"countersign/internal/telemetry"
	"countersign/ops"
	"countersign/starter"
)

func database(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		const mend = "start the database, or mend COUNTERSIGN_DATABASE_URL; a new one is made by its own tools (SQLite: by countersign migrate)"
		facts, err := store.Open(ctx, c.DatabaseURL, store.Existing())
		if err != nil {
			return []Finding{bad("database", err, mend)}
		}
		defer facts.Close()
		version, err := facts.Version(ctx)
		if err != nil {
			return []Finding{bad("database", err, mend)}
		}
		has, wants, err := facts.Schema(ctx)
		says := fmt.Sprintf("at version %d", has)
		if has > wants {
			says += fmt.Sprintf(", a newer release's: this one wants %d", wants)
		}
		return []Finding{good("database", version), judged("schema", says, err, "countersign migrate"), clock(ctx, facts)}
	}
}

// apart is how far two clocks may be apart that are kept right.
const apart = 5 * time.Second

func clock(ctx context.Context, facts *store.Store) Finding {
	const mend = "have both machines keep the time (NTP), this one or the database's"
	ahead, err := facts.Ahead(ctx)
	if err == nil && ahead.Abs() > apart {
		err = fmt.Errorf("%s ahead of the database's", ahead.Round(time.Second))
	}
	return judged("clock", "as the database's", err, mend)
}

func encryptionKeys(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		const what, mend = "encryption keys", "put the master key that is named back at the end of COUNTERSIGN_ENCRYPTION_KEYS; after countersign keys rotate it is no longer needed"
		facts, err := store.Open(ctx, c.DatabaseURL, store.Existing())
		if err != nil {
			return nil // the database's own finding
		}
		defer facts.Close()
		if _, _, err := facts.Schema(ctx); err != nil {
			return nil // the schema's
		}
		keys, err := encryption(facts, c)
		if err == nil {
			err = keys.Check(ctx)
		}
		return []Finding{judged(what, c.EncryptionKeys[0].ID+" is active; all data keys can be unwrapped", err, mend)}
	}
}

func cacheServer(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		mend := "start Redis, or mend COUNTERSIGN_REDIS_URL: a server that takes writes; empty to go without"
		r, err := cache.NewRedis(c.RedisURL)
		if err != nil {
			return []Finding{bad("Redis", err, mend)}
		}
		defer r.Close()
		version, err := cache.CheckRedis(ctx, r)
		return []Finding{judged("Redis", "version "+cmp.Or(version, "unknown")+", takes writes", err, mend)}
	}
}

func engine(c config.Config, needsWorker bool) probe {
	return func(ctx context.Context) []Finding {
		const reach = "start Temporal, or mend TEMPORAL_ADDRESS and the other TEMPORAL_* (API key, TLS)"
		options, err := c.Engine()
		if err != nil {
			return []Finding{bad("Temporal", err, reach)}
		}
		options.Logger = temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))
		connection, err := client.DialContext(ctx, options)
		if err != nil {
			return []Finding{bad("Temporal", err, reach)}
		}
		defer connection.Close()
		s, namespace := starter.New(connection, starter.DefaultAnswerWithin), cmp.Or(options.Namespace, client.DefaultNamespace)
		version, err := s.EngineVersion(ctx)
		if err != nil {
			return []Finding{bad("Temporal", err, reach)}
		}
		found := []Finding{good("Temporal", "version "+version)}
		if err := s.CheckNamespace(ctx, namespace); err != nil {
			return append(found, bad("namespace", err, "make it, or mend TEMPORAL_NAMESPACE"))
		}
		return append(found, good("namespace", namespace),
			judged("search attributes", "all registered", s.CheckSearchAttributes(ctx, namespace),
				"temporal operator search-attribute create --namespace "+namespace+" --name NAME --type TYPE, each (deploy/temporal/namespace.sh)"),
			polled(ctx, ops.NewTemporal(connection, namespace), needsWorker))
	}
}

// polled is whether those work who are given tasks.
func polled(ctx context.Context, engine *ops.Temporal, needed bool) Finding {
	const what = "worker"
	routing, _, err := engine.Routing(ctx)
	build := routing.Build
	var none []string
	if err == nil {
		none, err = engine.Unpolled(ctx, build)
	}
	who := "none" + ofBuild(build)
	switch {
	case err != nil:
		return bad(what, err, "let whom TEMPORAL_* names describe task queues and worker deployments")
	case len(none) == 0:
		return good(what, "polls every queue"+ofBuild(build))
	case !needed:
		return good(what, who+" polls "+strings.Join(none, ", ")+" yet")
	default:
		return bad(what, errors.New(who+" polls "+strings.Join(none, ", ")), "start countersign worker, of this release; where another build polls, countersign release has it take over")
	}
}

func ofBuild(build string) string {
	if build == "" {
		return ""
	}
	return " (build " + build + ")"
}

func logins(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		const what, mend = "OpenID provider", "start it, or mend COUNTERSIGN_OIDC_ISSUER: exactly what the provider calls itself, also in a slash at the end"
		p, err := provider(c)
		if err != nil {
			return []Finding{bad(what, err, "mend COUNTERSIGN_PUBLIC_URL")}
		}
		keys, err := p.Check(ctx)
		return []Finding{judged(what, fmt.Sprintf("is the issuer; keys: %d", keys), err, mend)}
	}
}

func mailServer(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		what := "mail (" + c.Mail + ")"
		s, err := sender(c)
		if err == nil {
			err = s.Check(ctx)
		}
		return []Finding{judged(what, "would take mail", err, mendMail(c.Mail, collaboration.CodeOf(err)))}
	}
}

func mendMail(service string, code collaboration.Code) string {
	switch {
	case service == "inbox":
		return "mend COUNTERSIGN_INBOX_DIR: a folder that this process may write"
	case service == "sendgrid" && code == collaboration.CodeMailMisconfigured:
		return "a key that may send mail (scope mail.send) in COUNTERSIGN_SENDGRID_API_KEY; of an EU account, also COUNTERSIGN_SENDGRID_URL"
	case service == "sendgrid":
		return "try again later; let this machine reach COUNTERSIGN_SENDGRID_URL"
	case code == collaboration.CodeMailMisconfigured:
		return "mend COUNTERSIGN_SMTP_USERNAME, COUNTERSIGN_SMTP_PASSWORD and COUNTERSIGN_SMTP_TLS: what the server wants and offers"
	default:
		return "start the mail server, or mend COUNTERSIGN_SMTP_ADDRESS; its certificate must be good unless COUNTERSIGN_SMTP_TLS is none"
	}
}

func otherPlatform(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		err := platform.NewClient(c.PlatformURL, c.PlatformToken).Check(ctx)
		return []Finding{judged("platform", "answers", err, "mend COUNTERSIGN_PLATFORM_URL and COUNTERSIGN_PLATFORM_TOKEN; what it must answer is in docs/platform.md")}
	}
}

func collector(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		err := telemetry.CheckTraces(ctx, c.OpenTelemetry())
		return []Finding{judged("traces", "the collector takes them", err,
			"start the collector, or mend OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS: OTLP over HTTP, usually port 4318")}
	}
}

// publicAddress may lead to nobody yet, but to nobody else.
func publicAddress(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		const what, mend = "public address", "mend COUNTERSIGN_PUBLIC_URL, or what stands between it and the api"
		says, err := ready(ctx, c.PublicURL)
		return []Finding{judged(what, says, err, mend)}
	}
}

func ready(ctx context.Context, base string) (string, error) {
	address, err := url.JoinPath(base, "readyz")
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := stay.Do(request)
	var asked *url.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nobody answers there yet", nil
	case errors.As(err, &asked):
		return "", asked.Err
	case err != nil:
		return "", err
	}
	answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
		return "an api is ready there", nil
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "", fmt.Errorf("no api is ready there: %s", answer.Status)
	default:
		return "", fmt.Errorf("something else is there: %s", answer.Status)
	}
}
