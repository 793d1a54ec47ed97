package config

import (
	"crypto/ed25519"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"countersign/collaboration"
)

// buildName is stricter than Temporal's rule, so that a build ID can also be a container
// tag or a label.
var buildName = regexp.MustCompile(`^[A-Za-z0-9._+-]{0,100}$`)

func (c Config) validate(role Role) []string {
	var p problems
	if _, err := c.TemporalClient(); err != nil && role != Migrate && role != Office && role != Keys {
		p = append(p, err.Error())
	}
	if (role == Operator || role == Worker) && !buildName.MatchString(c.Build) {
		p.Add("BUILD", "must be a version or a commit: at most 100 letters, digits and . _ + -")
	}
	if role == Operator && !c.HasEncryption() {
		return p
	}
	p.require("DATABASE_URL", c.DatabaseURL, databaseURL)
	if role == Migrate && !strings.HasPrefix(c.DatabaseURL, "sqlite:") {
		p.require("MIGRATE_DATABASE_URL", c.MigrateDatabaseURL, postgresURL)
	}
	if role == Migrate || role == Office {
		return p
	}
	p.masterKeys("ENCRYPTION_KEYS", c.EncryptionKeys)
	if role == Keys || role == Operator {
		return p
	}
	if c.DatabaseConnections <= 0 {
		p.Add("DATABASE_CONNECTIONS", "must be above zero")
	}
	p.RequireURL("PUBLIC_URL", c.PublicURL)
	if c.SignupURL != "" {
		p.RequireURL("SIGNUP_URL", c.SignupURL)
	}
	p.keys("LINK_KEYS", c.LinkKeys)
	p.auditKeys(c.AuditKeys, c.AuditPublicKeys)
	if c.RedisURL != "" {
		p.require("REDIS_URL", c.RedisURL, redisURL)
	}
	p.require("ADMIN_LISTEN", c.AdminListen, address)
	c.validateTraces(&p)
	c.validateCatalogue(&p)
	switch role {
	case API:
		p.require("LISTEN", c.Listen, address)
		p.require("OIDC_ISSUER", c.OIDC.Issuer, issuerURL)
		p.Require("OIDC_CLIENT_ID", c.OIDC.ClientID)
		p.tokens("API_TOKENS", c.APITokens)
		p.each("OPERATORS", c.Operators, emailAddress)
		p.each("CODEC_ORIGINS", c.CodecOrigins, webOrigin)
		c.Mail.ValidateEvents(&p)
		p.each("TRUSTED_PROXIES", c.TrustedProxies, network)
		notNegative(&p, c.Limits)
	case Worker:
		c.Mail.Validate(&p)
		notNegative(&p, c.Retention)
		if c.PlatformURL != "" {
			p.RequireURL("PLATFORM_URL", c.PlatformURL)
		}
	}
	return p
}

// HasEncryption reports whether the settings of the encryption are complete.
func (c Config) HasEncryption() bool { return c.DatabaseURL != "" && len(c.EncryptionKeys) > 0 }

// problems is a mail.Problems.
type problems []string

// Add adds the problem of a setting.
func (p *problems) Add(name, problem string) { p.addVariable(Prefix+name, problem) }

// addVariable is Add for variables without Prefix.
func (p *problems) addVariable(variable, problem string) { *p = append(*p, variable+" "+problem) }

// require checks that a setting is present and has a format.
func (p *problems) require(name, value string, format formatCheck) {
	if value == "" {
		p.Add(name, "is not set")
	} else if problem := format(value); problem != "" {
		p.Add(name, problem)
	}
}

// Require checks that a setting is present.
func (p *problems) Require(name, value string) { p.require(name, value, anyValue) }

// RequireURL checks that a setting is a URL.
func (p *problems) RequireURL(name, value string) { p.require(name, value, webURL) }

// each checks the format of every entry of a list.
func (p *problems) each(name string, values []string, format formatCheck) {
	for i, value := range values {
		if problem := format(value); problem != "" {
			p.Add(name, fmt.Sprintf("entry %d %s", i+1, problem))
		}
	}
}

// keys checks that there are keys, of at least 32 bytes each.
func (p *problems) keys(name string, keys []Key) {
	if len(keys) == 0 {
		p.Add(name, "is not set")
	}
	for i, key := range keys {
		if len(key) < 32 {
			p.Add(name, fmt.Sprintf("entry %d must be at least 32 bytes in base64", i+1))
		}
	}
}

func (p *problems) auditKeys(keys []Key, public []PublicKey) {
	if len(keys) == 0 {
		p.Add("AUDIT_KEYS", "is not set")
	}
	for i, key := range keys {
		if len(key) != ed25519.SeedSize {
			p.Add("AUDIT_KEYS", fmt.Sprintf("entry %d must be exactly 32 bytes in base64", i+1))
		}
	}
	for i, key := range public {
		if len(key) != ed25519.PublicKeySize {
			p.Add("AUDIT_PUBLIC_KEYS", fmt.Sprintf("entry %d must be the x of a published key", i+1))
		}
	}
}

func (p *problems) masterKeys(name string, keys []MasterKey) {
	if len(keys) == 0 {
		p.Add(name, "is not set")
	}
	seen := map[string]bool{}
	for i, key := range keys {
		if key.ID == "" || len(key.Key) != 32 {
			p.Add(name, fmt.Sprintf("entry %d must be ID:KEY, the ID of a-z, 0-9 and -, the key exactly 32 bytes in base64", i+1))
		} else if seen[key.ID] {
			p.Add(name, fmt.Sprintf("entry %d repeats an ID", i+1))
		}
		seen[key.ID] = true
	}
}

// notNegative checks the numbers of a struct of settings.
func notNegative(p *problems, settings any) {
	for f, value := range reflect.ValueOf(settings).Fields() {
		if value.Int() < 0 {
			p.Add(f.Tag.Get("env"), "must not be below zero")
		}
	}
}

// developmentToken begins the tokens of the development stack, which are published with
// the source code.
const developmentToken = "dev-"

// tokens checks EMAIL:TOKEN pairs. A token with two dots would look like a JWT of the
// provider.
func (p *problems) tokens(name string, pairs []string) {
	seen := map[string]bool{}
	for i, pair := range pairs {
		email, token, ok := strings.Cut(pair, ":")
		if !ok || !collaboration.ValidEmail(email) || len(token) < 16 || strings.Count(token, ".") == 2 {
			p.Add(name, fmt.Sprintf("entry %d must be EMAIL:TOKEN, the token at least 16 characters, without two dots", i+1))
		} else if strings.HasPrefix(token, developmentToken) {
			p.Add(name, fmt.Sprintf("entry %d is a published token of the development stack (%s…): create one with openssl rand -hex 32", i+1, developmentToken))
		} else if seen[token] {
			p.Add(name, fmt.Sprintf("entry %d repeats a token", i+1))
		}
		seen[token] = true
	}
}
