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

	"countersign/collaboration/retention"
	"countersign/internal/mail"
)

// Config has the settings of all roles. The value of a secret setting may also be in a
// file. Its path is in NAME_FILE.
type Config struct {
	DatabaseURL string `env:"DATABASE_URL" secret:"yes"`
	// MigrateDatabaseURL has the role that owns the tables of PostgreSQL. Only migrate
	// reads it. The role in DatabaseURL, that of the api and the worker, owns none.
	MigrateDatabaseURL string `env:"MIGRATE_DATABASE_URL" secret:"yes"`
	// DatabaseConnections limits the connections of one api or worker.
	DatabaseConnections int `env:"DATABASE_CONNECTIONS" envDefault:"16"`
	// RedisURL may be empty: customer lookups then use the database, and sessions are
	// stored in each process.
	RedisURL  string `env:"REDIS_URL" secret:"yes"`
	PublicURL string `env:"PUBLIC_URL"`

	Listen      string `env:"LISTEN" envDefault:":8080"`
	AdminListen string `env:"ADMIN_LISTEN" envDefault:":9090"`
	// DrainFor is how long the API reports "not ready" before it stops listening, so
	// that a load balancer removes it first.
	DrainFor time.Duration `env:"DRAIN_FOR" envDefault:"2s"`

	LinkKeys []Key `env:"LINK_KEYS" secret:"yes"`
	// AuditKeys sign the audit, the active key first. AuditPublicKeys are those of removed
	// keys, which still verify receipts.
	AuditKeys       []Key       `env:"AUDIT_KEYS" secret:"yes"`
	AuditPublicKeys []PublicKey `env:"AUDIT_PUBLIC_KEYS"`
	// EncryptionKeys are ID:BASE64, the active key first. They are optional for an
	// operator.
	EncryptionKeys []MasterKey `env:"ENCRYPTION_KEYS" secret:"yes"`
	// EncryptionRequired refuses payloads in Temporal that are not encrypted.
	EncryptionRequired bool `env:"ENCRYPTION_REQUIRED"`

	OIDC OIDC
	// SignupURL is where customers get an account for the login; empty if the login page
	// offers it.
	SignupURL string `env:"SIGNUP_URL"`
	// APITokens are EMAIL:TOKEN, for programs without an OpenID provider's token.
	APITokens []string `env:"API_TOKENS" secret:"yes"`
	// Operators are the e-mail addresses of users with access to decrypted histories.
	// CodecOrigins are the origins of the Web UIs in which they read them.
	Operators    []string `env:"OPERATORS"`
	CodecOrigins []string `env:"CODEC_ORIGINS"`

	// CatalogueDir is a directory with files of solutions, in addition to those in the
	// program.
	CatalogueDir string `env:"CATALOGUE_DIR"`

	Mail mail.Settings

	// PlatformURL is the external platform that stores solutions and administrators.
	// If it is empty, Countersign's own database stores them.
	PlatformURL   string `env:"PLATFORM_URL"`
	PlatformToken string `env:"PLATFORM_TOKEN" secret:"yes"`

	// TrustedProxies are the addresses or networks of the proxies that forward requests
	// to the API and set X-Forwarded-For.
	TrustedProxies []string `env:"TRUSTED_PROXIES"`
	Limits         Limits

	Retention Retention

	// Build is the build ID for Temporal's worker versioning: workers get tasks after
	// the build's release. Workers without a build ID get tasks as soon as they run.
	Build string `env:"BUILD"`

	// WebhooksPrivate permits webhooks to private networks, for development.
	WebhooksPrivate bool `env:"WEBHOOKS_ALLOW_PRIVATE"`

	// Temporal has all TEMPORAL_* variables, for Temporal's client.
	Temporal map[string]string
	otel     map[string]string // OTEL_*
}

// Limits are the API's rate limits. Zero means no limit.
type Limits struct {
	Requests    int `env:"LIMIT_REQUESTS" envDefault:"100"`    // per second and IP address, in each process
	Visitors    int `env:"LIMIT_VISITORS" envDefault:"60"`     // forms kept for a login, per minute and IP address
	BadTokens   int `env:"LIMIT_BAD_TOKENS" envDefault:"30"`   // per minute and IP address
	Mails       int `env:"LIMIT_MAILS" envDefault:"20"`        // per hour and recipient
	Activations int `env:"LIMIT_ACTIVATIONS" envDefault:"300"` // per minute and office, without batches

	// Concurrent mutating requests in each process: all, those of one office, and those
	// with a file, of which an office has one at a time.
	Writes       int `env:"LIMIT_WRITES" envDefault:"32"`
	OfficeWrites int `env:"LIMIT_OFFICE_WRITES" envDefault:"6"`
	Uploads      int `env:"LIMIT_UPLOADS" envDefault:"2"`

	// Open event streams in each process: all, those of one office, and those of one person.
	Streams       int `env:"LIMIT_STREAMS" envDefault:"200"`
	OfficeStreams int `env:"LIMIT_OFFICE_STREAMS" envDefault:"50"`
	PersonStreams int `env:"LIMIT_PERSON_STREAMS" envDefault:"10"`
}

// Retention is the number of days for which the worker keeps each kind of data; 0 keeps it
// for good.
type Retention struct {
	IdempotencyKeys       int `env:"RETAIN_IDEMPOTENCY_KEYS" envDefault:"1"`
	Batches               int `env:"RETAIN_BATCHES" envDefault:"90"`
	MailDeliveries        int `env:"RETAIN_MAIL_DELIVERIES" envDefault:"180"`
	AddressChanges        int `env:"RETAIN_ADDRESS_CHANGES" envDefault:"365"`
	UnapprovedActivations int `env:"RETAIN_UNAPPROVED_ACTIVATIONS" envDefault:"365"`
	ApprovedActivations   int `env:"RETAIN_APPROVED_ACTIVATIONS" envDefault:"3660"`
}

// Policy returns the retention by kind.
func (r Retention) Policy() retention.Policy {
	return retention.Policy{
		retention.IdempotencyKeys: r.IdempotencyKeys, retention.Batches: r.Batches, retention.MailDeliveries: r.MailDeliveries,
		retention.AddressChanges: r.AddressChanges, retention.UnapprovedActivations: r.UnapprovedActivations, retention.ApprovedActivations: r.ApprovedActivations,
	}
}

// OIDC configures the OpenID provider.
type OIDC struct {
	Issuer   string `env:"OIDC_ISSUER"`
	ClientID string `env:"OIDC_CLIENT_ID"`
	// ClientSecret is empty for a public client.
	ClientSecret string `env:"OIDC_CLIENT_SECRET" secret:"yes"`
	// Audience is the audience of access tokens, by default the client.
	Audience string `env:"OIDC_AUDIENCE"`
}

// Prefix begins the name of every setting.
const Prefix = "COUNTERSIGN_"

// Role is the job of a process. It determines the required settings.
type Role string

// The roles that read settings.
const (
	API     Role = "api"
	Worker  Role = "worker"
	Migrate Role = "migrate"
	// Office changes offices in the database.
	Office Role = "office"
	// Keys rewraps the data keys.
	Keys Role = "keys"
	// Operator requires only Temporal. With the database and the keys it also reads and
	// writes encrypted payloads.
	Operator Role = "ops"
)

// Load reads the settings of a role from the environment and the files in it. The error
// lists every problem with the variable's name, and contains no values.
func Load(role Role, environment map[string]string) (Config, error) {
	environment, err := withSettingsFile(environment)
	if err != nil {
		return Config{}, &InvalidError{Role: role, Problems: []string{err.Error()}}
	}
	environment, unreadable := withSecretFiles(environment)
	delete(environment, Prefix) // env would use it as the value of every nested struct
	c := Config{Temporal: withPrefix("TEMPORAL_", environment), otel: withPrefix(openTelemetryPrefix, environment)}
	problems := parseProblems(env.ParseWithOptions(&c, env.Options{Prefix: Prefix, Environment: environment}))
	problems = append(problems, c.validate(role)...)
	problems = unreadable.replaceIn(problems)
	if len(problems) == 0 {
		return c, nil
	}
	slices.Sort(problems)
	return Config{}, &InvalidError{Role: role, Problems: slices.Compact(problems)}
}

// Names returns the variables of all settings, without TEMPORAL_* and OTEL_*.
func Names() (names []string) {
	for f := range settingFields(reflect.TypeFor[Config]()) {
		names = append(names, Prefix+f.Tag.Get("env"))
	}
	return names
}

func withPrefix(prefix string, environment map[string]string) map[string]string {
	found := maps.Clone(environment)
	maps.DeleteFunc(found, func(name, _ string) bool { return !strings.HasPrefix(name, prefix) })
	return found
}

// InvalidError lists all problems of a role's settings.
type InvalidError struct {
	Role     Role
	Problems []string
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("the settings of role %q are incomplete or invalid:\n  - %s", e.Role, strings.Join(e.Problems, "\n  - "))
}

// parseProblems lists the variables that could not be parsed, without the values that
// are in env's messages.
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

// variableOf returns the environment variable of a field of Config.
func variableOf(field string) string {
	for f := range settingFields(reflect.TypeFor[Config]()) {
		if f.Name == field {
			return Prefix + f.Tag.Get("env")
		}
	}
	return field
}
