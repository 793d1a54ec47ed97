package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"countersign/collaboration"
)

// buildName is stricter than Temporal's rule, so that a build ID can also be a container
// tag or a label.
var buildName = regexp.MustCompile(`^[A-Za-z0-9._+-]{0,100}$`)

func (c Config) validate(role Role) []string {
	var p problems
	if _, err := c.TemporalClient(); err != nil && role != Migrate && role != Keys {
		p = append(p, err.Error())
	}
	if (role == Operator || role == Worker) && !buildName.MatchString(c.Build) {
		p.add("BUILD", "must be a version or a commit: at most 100 letters, digits and . _ + -")
	}
	if role == Operator && !c.HasEncryption() {
		return p
	}
	p.require("DATABASE_URL", c.DatabaseURL, databaseURL)
	if role == Migrate {
		return p
	}
	p.masterKeys("ENCRYPTION_KEYS", c.EncryptionKeys)
	if role == Keys || role == Operator {
		return p
	}
	p.require("PUBLIC_URL", c.PublicURL, webURL)
	p.keys("LINK_KEYS", c.LinkKeys)
	if c.RedisURL != "" {
		p.require("REDIS_URL", c.RedisURL, redisURL)
	}
	p.require("ADMIN_LISTEN", c.AdminListen, address)
	c.validateTraces(&p)
	switch role {
	case API:
		p.require("LISTEN", c.Listen, address)
		p.require("OIDC_ISSUER", c.OIDC.Issuer, issuerURL)
		p.require("OIDC_CLIENT_ID", c.OIDC.ClientID, nonEmpty)
		p.tokens("API_TOKENS", c.APITokens)
		p.each("OPERATORS", c.Operators, emailAddress)
		p.each("CODEC_ORIGINS", c.CodecOrigins, webOrigin)
		p.eventKeys("SENDGRID_WEBHOOK_KEYS", c.SendGrid.WebhookKeys)
		p.each("TRUSTED_PROXIES", c.TrustedProxies, network)
		c.Limits.validate(&p)
	case Worker:
		c.validateMail(&p)
		if c.PlatformURL != "" {
			p.require("PLATFORM_URL", c.PlatformURL, webURL)
		}
	}
	return p
}

// HasEncryption reports whether the settings of the encryption are complete.
func (c Config) HasEncryption() bool { return c.DatabaseURL != "" && len(c.EncryptionKeys) > 0 }

func (c Config) validateMail(p *problems) {
	p.require("MAIL_FROM", c.MailFrom, mailAddress)
	if c.MailPerSecond <= 0 {
		p.add("MAIL_PER_SECOND", "must be above zero")
	}
	switch c.Mail {
	case "sendgrid":
		p.require("SENDGRID_API_KEY", c.SendGrid.APIKey, nonEmpty)
		p.require("SENDGRID_URL", c.SendGrid.URL, webURL)
	case "smtp":
		p.require("SMTP_ADDRESS", c.SMTP.Address, hostAndPort)
		if !slices.Contains([]string{"mandatory", "opportunistic", "none"}, c.SMTP.TLS) {
			p.add("SMTP_TLS", "must be mandatory, opportunistic or none")
		}
		if (c.SMTP.Username == "") != (c.SMTP.Password == "") {
			p.add("SMTP_USERNAME", "and "+Prefix+"SMTP_PASSWORD must be set together")
		}
	case "inbox":
		p.require("INBOX_DIR", c.InboxDir, nonEmpty)
	default:
		p.add("MAIL", "must be sendgrid, smtp or inbox")
	}
}

type problems []string

func (p *problems) add(name, problem string) { p.addVariable(Prefix+name, problem) }

// addVariable is add for variables without Prefix.
func (p *problems) addVariable(variable, problem string) { *p = append(*p, variable+" "+problem) }

// require checks that a setting is present and has a format.
func (p *problems) require(name, value string, format formatCheck) {
	if value == "" {
		p.add(name, "is not set")
	} else if problem := format(value); problem != "" {
		p.add(name, problem)
	}
}

// each checks the format of every entry of a list.
func (p *problems) each(name string, values []string, format formatCheck) {
	for i, value := range values {
		if problem := format(value); problem != "" {
			p.add(name, fmt.Sprintf("entry %d %s", i+1, problem))
		}
	}
}

// keys checks that there are keys, of at least 32 bytes each.
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
			p.add(name, fmt.Sprintf("entry %d must be ID:KEY, the ID of a-z, 0-9 and -, the key exactly 32 bytes in base64", i+1))
		} else if seen[key.ID] {
			p.add(name, fmt.Sprintf("entry %d repeats an ID", i+1))
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

func (l Limits) validate(p *problems) {
	v := reflect.ValueOf(l)
	for f, value := range v.Fields() {
		if value.Int() < 0 {
			p.add(f.Tag.Get("env"), "must not be below zero")
		}
	}
}

// tokens checks EMAIL:TOKEN pairs. A token with two dots would look like a JWT of the
// provider.
func (p *problems) tokens(name string, pairs []string) {
	seen := map[string]bool{}
	for i, pair := range pairs {
		email, token, ok := strings.Cut(pair, ":")
		if !ok || !collaboration.ValidEmail(email) || len(token) < 16 || strings.Count(token, ".") == 2 {
			p.add(name, fmt.Sprintf("entry %d must be EMAIL:TOKEN, the token at least 16 characters, without two dots", i+1))
		} else if seen[token] {
			p.add(name, fmt.Sprintf("entry %d repeats a token", i+1))
		}
		seen[token] = true
	}
}
