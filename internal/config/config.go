package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// Config is every setting of the api, worker, migrate, seed and keys roles. What is
// secret may also stand in a file that NAME_FILE names.
type Config struct {
	DatabaseURL string `env:"DATABASE_URL" secret:"yes"`
	// RedisURL may be empty: customer lookups then go to the database, and each
	// process knows only who has logged in there.
	RedisURL string `env:"REDIS_URL" secret:"yes"`
	// RedisTracking keeps customer lookups in the process too, until Redis tells
	// that they changed: where Redis cannot, they are half a second old at most.
	RedisTracking bool   `env:"REDIS_TRACKING" envDefault:"false"`
	PublicURL     string `env:"PUBLIC_URL"`

	Listen      string `env:"LISTEN" envDefault:":8080"`
	AdminListen string `env:"ADMIN_LISTEN" envDefault:":9090"`
	// DrainFor is how long the api answers "not ready" before it stops
	// listening, so that a load balancer can turn away from it.
	DrainFor time.Duration `env:"DRAIN_FOR" envDefault:"2s"`

	LinkKeys []Key `env:"LINK_KEYS" secret:"yes"`
	// EncryptionKeys are ID:BASE64, the active one first. An operator may go
	// without.
	EncryptionKeys []MasterKey `env:"ENCRYPTION_KEYS" secret:"yes"`

	OIDC OIDC
	// APITokens are EMAIL:TOKEN, for programs that the provider gives no token.
	APITokens []string `env:"API_TOKENS" secret:"yes"`
	// Operators are the e-mail addresses of who may read histories in clear text,
	// and CodecOrigins the Web UIs that may ask for it on their behalf.
	Operators    []string `env:"OPERATORS"`
	CodecOrigins []string `env:"CODEC_ORIGINS"`

	Mail     string `env:"MAIL"`
	MailFrom string `env:"MAIL_FROM"`
	// MailPerSecond bounds the mail queue, all workers together, and apart from
	// that what each worker sends at once.
	MailPerSecond float64 `env:"MAIL_PER_SECOND" envDefault:"50"`
	InboxDir      string  `env:"INBOX_DIR"`
	SendGrid      SendGrid
	SMTP          SMTP

	// PlatformURL is another system's, where solutions and administrators live;
	// empty where they live in our own database.
	PlatformURL   string `env:"PLATFORM_URL"`
	PlatformToken string `env:"PLATFORM_TOKEN" secret:"yes"`

	// TrustedProxies are the addresses or networks of whoever hands on requests
	// to the api, and says in X-Forwarded-For whose they are.
	TrustedProxies []string `env:"TRUSTED_PROXIES"`
	Limits         Limits

	// Build names this release's code to the engine, which gives its workers tasks
	// once they are released; where left out, workers take part as soon as they run.
	Build string `env:"BUILD"`

	// WebhooksPrivate lets webhooks lead to private networks, for development.
	WebhooksPrivate bool `env:"WEBHOOKS_ALLOW_PRIVATE"`

	// Temporal is every TEMPORAL_* variable, for the engine's own client.
	Temporal map[string]string `env:"-"`
	otel     map[string]string // OTEL_*
}

// Limits bound what the api takes; zero bounds nothing.
type Limits struct {
	Requests    int `env:"LIMIT_REQUESTS" envDefault:"100"`    // a second, from one address, by each process
	Visitors    int `env:"LIMIT_VISITORS" envDefault:"60"`     // a minute, from one address: logins begun
	BadTokens   int `env:"LIMIT_BAD_TOKENS" envDefault:"30"`   // a minute, from one address
	Mails       int `env:"LIMIT_MAILS" envDefault:"20"`        // an hour, to one address, without batches
	Activations int `env:"LIMIT_ACTIVATIONS" envDefault:"300"` // a minute, of one office, without batches
	Writes      int `env:"LIMIT_WRITES" envDefault:"32"`       // at a time, by each process: requests that change something
}

// OIDC is where people log in.
type OIDC struct {
	Issuer   string `env:"OIDC_ISSUER"`
	ClientID string `env:"OIDC_CLIENT_ID"`
	// ClientSecret is empty for a public client.
	ClientSecret string `env:"OIDC_CLIENT_SECRET" secret:"yes"`
	// Audience is whom access tokens are for; the client where left out.
	Audience string `env:"OIDC_AUDIENCE"`
}

// SendGrid is how to reach SendGrid, for Mail "sendgrid".
type SendGrid struct {
	APIKey  string `env:"SENDGRID_API_KEY" secret:"yes"`
	Sandbox bool   `env:"SENDGRID_SANDBOX"`
	// URL is SendGrid's own unless a test or an EU account says otherwise.
	URL string `env:"SENDGRID_URL" envDefault:"https://api.sendgrid.com"`
	// WebhookKeys verify SendGrid's events; without one the api takes none.
	WebhookKeys []EventKey `env:"SENDGRID_WEBHOOK_KEYS"`
}

// SMTP is how to reach a mail server, for Mail "smtp".
type SMTP struct {
	Address  string `env:"SMTP_ADDRESS"`
	Username string `env:"SMTP_USERNAME"`
	Password string `env:"SMTP_PASSWORD" secret:"yes"`
	TLS      string `env:"SMTP_TLS" envDefault:"mandatory"`
}

// Prefix stands before the name of every setting.
const Prefix = "COUNTERSIGN_"

// Role is what a process does; each needs some of the settings.
type Role string

// The roles that read settings.
const (
	API     Role = "api"
	Worker  Role = "worker"
	Migrate Role = "migrate"
	// Keys rewraps the data keys.
	Keys Role = "keys"
	// Operator needs the engine alone; with the database and the keys, it reads
	// and writes what is encrypted.
	Operator Role = "ops"
)

// Load reads the settings of a role from the environment, and from the files
// that it names. The error lists every problem, one a line, by the variable's
// name, and never shows a value.
func Load(role Role, environment map[string]string) (Config, error) {
	environment, err := withFile(environment)
	if err != nil {
		return Config{}, &Invalid{Role: role, Problems: []string{err.Error()}}
	}
	environment, unread := withSecrets(environment)
	delete(environment, Prefix) // the library takes it for the value of all parts that have settings
	c := Config{Temporal: named("TEMPORAL_", environment), otel: named(openTelemetry, environment)}
	problems := parseProblems(env.ParseWithOptions(&c, env.Options{Prefix: Prefix, Environment: environment}))
	problems = append(problems, c.check(role)...)
	problems = unread.explain(problems)
	if len(problems) == 0 {
		return c, nil
	}
	slices.Sort(problems)
	return Config{}, &Invalid{Role: role, Problems: slices.Compact(problems)}
}

// named are the variables whose names begin so.
func named(prefix string, environment map[string]string) map[string]string {
	found := maps.Clone(environment)
	maps.DeleteFunc(found, func(name, _ string) bool { return !strings.HasPrefix(name, prefix) })
	return found
}

// Invalid says everything that is wrong with the settings of a role.
type Invalid struct {
	Role     Role
	Problems []string
}

func (e *Invalid) Error() string {
	return fmt.Sprintf("the settings of %q are not complete:\n  - %s", e.Role, strings.Join(e.Problems, "\n  - "))
}

// parseProblems names the variables that could not be read, without the
// values that the library's own messages carry.
func parseProblems(err error) []string {
	var all env.AggregateError
	if !errors.As(err, &all) {
		if err != nil {
			return []string{err.Error()}
		}
		return nil
	}
	var problems []string
	for _, one := range all.Errors {
		var parse env.ParseError
		if errors.As(one, &parse) {
			problems = append(problems, fmt.Sprintf("%s is not a %s", variableOf(parse.Name), parse.Type))
			continue
		}
		problems = append(problems, one.Error())
	}
	return problems
}

// variableOf is the variable behind a field's name.
func variableOf(field string) string {
	for f := range settings(reflect.TypeFor[Config]()) {
		if f.Name == field {
			return Prefix + f.Tag.Get("env")
		}
	}
	return field
}
