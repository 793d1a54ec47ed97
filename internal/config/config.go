package config

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/redis/go-redis/v9"

	"countersign/collaboration"
)

// Config is every setting of the api, worker, migrate, seed and keys roles. What is
// secret may also stand in a file that NAME_FILE names.
type Config struct {
	DatabaseURL string `env:"DATABASE_URL" secret:"yes"`
	// RedisURL may be empty: customer lookups then go to the database, and each
	// process knows only who has logged in there.
	RedisURL  string `env:"REDIS_URL" secret:"yes"`
	PublicURL string `env:"PUBLIC_URL"`

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

// Key is a secret key, written in base64. Text that is not base64 is read as
// no key, so that it is reported with the others that are too short.
type Key []byte

// UnmarshalText reads base64.
func (k *Key) UnmarshalText(b []byte) error {
	decoded, err := base64.StdEncoding.DecodeString(string(b))
	if err == nil {
		*k = decoded
	}
	return nil
}

// MasterKey is a key with a name, ID:BASE64. What is not stays without a name, and
// is reported with what else is wrong.
type MasterKey struct {
	ID  string
	Key Key
}

// UnmarshalText reads ID:BASE64.
func (k *MasterKey) UnmarshalText(b []byte) error {
	id, key, _ := strings.Cut(string(b), ":")
	if id != "" && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" {
		k.ID = id
	}
	return k.Key.UnmarshalText([]byte(key))
}

// EventKey is an ECDSA public key, in base64 as SendGrid shows it. Other text is
// read as no key, and reported with what else is wrong.
type EventKey struct{ *ecdsa.PublicKey }

// UnmarshalText reads base64 of a PKIX public key.
func (k *EventKey) UnmarshalText(b []byte) error {
	der, err := base64.StdEncoding.DecodeString(string(b))
	if err != nil {
		return nil
	}
	if parsed, err := x509.ParsePKIXPublicKey(der); err == nil {
		k.PublicKey, _ = parsed.(*ecdsa.PublicKey)
	}
	return nil
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

// buildName is narrower than the engine's own rule: it may be a container's tag
// or a label as well.
var buildName = regexp.MustCompile(`^[A-Za-z0-9._+-]{0,100}$`)

func (c Config) check(role Role) []string {
	var p problems
	if _, err := c.Engine(); err != nil && role != Migrate && role != Keys {
		p = append(p, err.Error())
	}
	if (role == Operator || role == Worker) && !buildName.MatchString(c.Build) {
		p.add("BUILD", "must be a version or a commit: at most 100 letters, digits and . _ + -")
	}
	if role == Operator && !c.Encrypts() {
		return p
	}
	p.need("DATABASE_URL", c.DatabaseURL, databaseURL)
	if role == Migrate {
		return p
	}
	p.masterKeys("ENCRYPTION_KEYS", c.EncryptionKeys)
	if role == Keys || role == Operator {
		return p
	}
	p.need("PUBLIC_URL", c.PublicURL, webURL)
	p.keys("LINK_KEYS", c.LinkKeys)
	if c.RedisURL != "" {
		p.need("REDIS_URL", c.RedisURL, redisURL)
	}
	p.need("ADMIN_LISTEN", c.AdminListen, address)
	c.checkTraces(&p)
	switch role {
	case API:
		p.need("LISTEN", c.Listen, address)
		p.need("OIDC_ISSUER", c.OIDC.Issuer, issuerURL)
		p.need("OIDC_CLIENT_ID", c.OIDC.ClientID, anything)
		p.tokens("API_TOKENS", c.APITokens)
		p.each("OPERATORS", c.Operators, emailAddress)
		p.each("CODEC_ORIGINS", c.CodecOrigins, webOrigin)
		p.eventKeys("SENDGRID_WEBHOOK_KEYS", c.SendGrid.WebhookKeys)
		p.each("TRUSTED_PROXIES", c.TrustedProxies, network)
		c.Limits.check(&p)
	case Worker:
		c.checkMail(&p)
		if c.PlatformURL != "" {
			p.need("PLATFORM_URL", c.PlatformURL, webURL)
		}
	}
	return p
}

// Encrypts reports whether there is all that encryption needs.
func (c Config) Encrypts() bool { return c.DatabaseURL != "" && len(c.EncryptionKeys) > 0 }

func (c Config) checkMail(p *problems) {
	p.need("MAIL_FROM", c.MailFrom, mailAddress)
	if c.MailPerSecond <= 0 {
		p.add("MAIL_PER_SECOND", "must be above zero")
	}
	switch c.Mail {
	case "sendgrid":
		p.need("SENDGRID_API_KEY", c.SendGrid.APIKey, anything)
		p.need("SENDGRID_URL", c.SendGrid.URL, webURL)
	case "smtp":
		p.need("SMTP_ADDRESS", c.SMTP.Address, hostAndPort)
		if !slices.Contains([]string{"mandatory", "opportunistic", "none"}, c.SMTP.TLS) {
			p.add("SMTP_TLS", "must be mandatory, opportunistic or none")
		}
		if (c.SMTP.Username == "") != (c.SMTP.Password == "") {
			p.add("SMTP_USERNAME", "and "+Prefix+"SMTP_PASSWORD must be set together")
		}
	case "inbox":
		p.need("INBOX_DIR", c.InboxDir, anything)
	default:
		p.add("MAIL", "must be sendgrid, smtp or inbox")
	}
}

type problems []string

func (p *problems) add(name, what string) { p.say(Prefix+name, what) }

// say is for variables that others have named.
func (p *problems) say(variable, what string) { *p = append(*p, variable+" "+what) }

func (p *problems) need(name, value string, wrong func(string) string) {
	if value == "" {
		p.add(name, "is not set")
	} else if what := wrong(value); what != "" {
		p.add(name, what)
	}
}

func (p *problems) each(name string, values []string, wrong func(string) string) {
	for i, value := range values {
		if what := wrong(value); what != "" {
			p.add(name, fmt.Sprintf("entry %d %s", i+1, what))
		}
	}
}

// keys checks keys of at least 32 bytes each.
func (p *problems) keys(name string, keys []Key) {
	if len(keys) == 0 {
		p.add(name, "is not set")
	}
	for i, key := range keys {
		if len(key) < 32 {
			p.add(name, fmt.Sprintf("entry %d must be at least 32 bytes in base64", i+1))
		}
	}
}

func (p *problems) masterKeys(name string, keys []MasterKey) {
	if len(keys) == 0 {
		p.add(name, "is not set")
	}
	seen := map[string]bool{}
	for i, key := range keys {
		if key.ID == "" || len(key.Key) != 32 {
			p.add(name, fmt.Sprintf("entry %d must be ID:KEY, the id of a-z, 0-9 and -, the key exactly 32 bytes in base64", i+1))
		} else if seen[key.ID] {
			p.add(name, fmt.Sprintf("entry %d has an id that is there before", i+1))
		}
		seen[key.ID] = true
	}
}

func (p *problems) eventKeys(name string, keys []EventKey) {
	for i, key := range keys {
		if key.PublicKey == nil {
			p.add(name, fmt.Sprintf("entry %d must be the verification key that SendGrid shows", i+1))
		}
	}
}

func (l Limits) check(p *problems) {
	v := reflect.ValueOf(l)
	for f, value := range v.Fields() {
		if value.Int() < 0 {
			p.add(f.Tag.Get("env"), "must not be below zero")
		}
	}
}

// tokens checks "EMAIL:TOKEN" pairs. What has two dots is the provider's.
func (p *problems) tokens(name string, pairs []string) {
	seen := map[string]bool{}
	for i, pair := range pairs {
		email, token, ok := strings.Cut(pair, ":")
		if !ok || !collaboration.ValidEmail(email) || len(token) < 16 || strings.Count(token, ".") == 2 {
			p.add(name, fmt.Sprintf("entry %d must be EMAIL:TOKEN, the token at least 16 characters, without two dots", i+1))
		} else if seen[token] {
			p.add(name, fmt.Sprintf("entry %d has a token that is there before", i+1))
		}
		seen[token] = true
	}
}

func anything(string) string { return "" }

func databaseURL(s string) string {
	if path, ok := strings.CutPrefix(s, "sqlite:"); ok && path != "" {
		return ""
	}
	if u, err := url.Parse(s); err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") {
		if u.Host != "" || u.Query().Get("host") != "" { // a socket's folder stands in the query
			return ""
		}
	}
	return "must be postgres://USER:PASSWORD@HOST/DATABASE or sqlite:FILE"
}

func redisURL(s string) string {
	if _, err := redis.ParseURL(s); err != nil {
		return "must be redis://HOST:PORT/DATABASE, or rediss:// for TLS"
	}
	return ""
}

func webURL(s string) string {
	if u, err := url.Parse(s); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "must be an address such as https://countersign.example"
	}
	return ""
}

// issuerURL is encrypted, but on this very machine: who can change what the
// provider answers can be anybody.
func issuerURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return "must be an https address, such as https://login.example"
	}
	return ""
}

// webOrigin is an origin exactly as browsers write it, encrypted but on this very
// machine: who can change that site's pages can read what it may read.
func webOrigin(s string) string {
	u, err := url.Parse(s)
	if err != nil || s != strings.ToLower(s) || s != u.Scheme+"://"+u.Host || !browsable(u) {
		return "must be the origin of an https site, such as https://temporal.example: no path, no slash at the end, no usual port"
	}
	return ""
}

// browsable reports whether a browser would ask that host, and by that port.
func browsable(u *url.URL) bool {
	name := u.Hostname()
	if name == "" || strings.ContainsAny(name, "*,") || strings.HasSuffix(u.Host, ":") {
		return false
	}
	switch u.Scheme {
	case "https":
		return u.Port() != "443"
	case "http":
		return u.Port() != "80" && loopback(name)
	}
	return false
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// network is an address, or a network such as 10.0.0.0/8.
func network(s string) string {
	_, wrong := netip.ParseAddr(s)
	if strings.Contains(s, "/") {
		_, wrong = netip.ParsePrefix(s)
	}
	if wrong != nil {
		return "must be an address, or a network such as 10.0.0.0/8"
	}
	return ""
}

func emailAddress(s string) string {
	if !collaboration.ValidEmail(s) {
		return "must be an e-mail address"
	}
	return ""
}

func mailAddress(s string) string {
	if _, err := mail.ParseAddress(s); err != nil {
		return "must be an address such as Countersign <no-reply@countersign.example>"
	}
	return ""
}

func hostAndPort(s string) string {
	if strings.HasPrefix(s, ":") {
		return "must be HOST:PORT"
	}
	return address(s)
}

// address is what to listen on: the host may be left out.
func address(s string) string {
	_, port, err := net.SplitHostPort(s)
	if _, numberErr := strconv.ParseUint(port, 10, 16); err != nil || numberErr != nil {
		return "must be HOST:PORT"
	}
	return ""
}
