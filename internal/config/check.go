package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"countersign/collaboration"
)

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
