package stack

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"countersign/dev/login"
	"countersign/internal/config"
)

// API tokens of the seeded employees, for the Authorization header. They are public,
// because the stack listens on the loopback interface only. Their prefix makes every other
// installation refuse them.
const (
	ManagerToken     = "dev-manager-maja"  // maja@ekstroms.example, manager at Ekströms Redovisning
	EmployeeToken    = "dev-employee-nils" // nils@ekstroms.example, employee there
	OtherOfficeToken = "dev-manager-sara"  // sara@sundlind.example, manager at another office
)

// build is the worker's build ID. It is constant, so that executions continue after a
// change of the code: the stack has only one worker.
const build = "dev"

// settings returns the settings that an operator would set, after the same checks.
func (o Options) settings(smtpAddress string) (config.Config, error) {
	key, err := loadRandomKey(filepath.Join(o.Dir, "link.key"))
	if err != nil {
		return config.Config{}, err
	}
	audit, err := loadRandomKey(filepath.Join(o.Dir, "audit.key"))
	if err != nil {
		return config.Config{}, err
	}
	master, err := loadRandomKey(filepath.Join(o.Dir, "encryption.key"))
	if err != nil {
		return config.Config{}, err
	}
	events, err := openMailEvents(filepath.Join(o.Dir, "events.key"))
	if err != nil {
		return config.Config{}, err
	}
	environment := map[string]string{
		"DATABASE_URL":         cmp.Or(o.DatabaseURL, "sqlite:"+filepath.Join(o.Dir, "countersign.db")),
		"REDIS_URL":            o.RedisURL,
		"MIGRATE_DATABASE_URL": o.OwnerURL,
		"PUBLIC_URL":           o.URL(),
		"LISTEN":               "localhost:" + strconv.Itoa(o.Port),
		"ADMIN_LISTEN":         "localhost:0",
		"DRAIN_FOR":            "0s",
		"LINK_KEYS":            key,
		"AUDIT_KEYS":           audit,
		"OPERATORS":            operator.Email,
		"CODEC_ORIGINS":        o.Temporal.WebUI,
		"OIDC_ISSUER":          local(o.LoginPort),
		"OIDC_CLIENT_ID":       login.ClientID,
		"OIDC_AUDIENCE":        login.Audience,
		"MAIL":                 "smtp",
		"MAIL_FROM":            "Countersign <no-reply@countersign.example>",
		// No rate limits: all requests of tests and benchmarks have one address.
		"LIMIT_REQUESTS": "0", "LIMIT_MAILS": "0", "LIMIT_ACTIVATIONS": "0", "LIMIT_VISITORS": "0", "LIMIT_WRITES": "0", "LIMIT_OFFICE_WRITES": "0", "LIMIT_UPLOADS": "0", "LIMIT_STREAMS": "0", "LIMIT_OFFICE_STREAMS": "0", "LIMIT_PERSON_STREAMS": "0",
		"ENCRYPTION_KEYS":        "dev:" + master,
		"WEBHOOKS_ALLOW_PRIVATE": "true",
		"SENDGRID_WEBHOOK_KEYS":  events.publicKey,
		"SMTP_ADDRESS":           smtpAddress,
		"SMTP_TLS":               "none",
		"BUILD":                  build,
	}
	if o.NoBuild {
		delete(environment, "BUILD")
	}
	prefixed := map[string]string{"TEMPORAL_ADDRESS": o.Temporal.Address, "TEMPORAL_NAMESPACE": o.Temporal.Namespace}
	for _, variable := range os.Environ() {
		if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "OTEL_") {
			prefixed[name] = value // the receiver of traces
		}
	}
	for name, value := range environment {
		prefixed[config.Prefix+name] = value
	}
	if _, err := config.Load(config.Worker, prefixed); err != nil {
		return config.Config{}, err
	}
	c, err := config.Load(config.API, prefixed)
	// After the checks, which refuse published tokens.
	c.APITokens = []string{"maja@ekstroms.example:" + ManagerToken, "nils@ekstroms.example:" + EmployeeToken, "sara@sundlind.example:" + OtherOfficeToken}
	return c, err
}

// loadRandomKey returns a key that survives a restart. Links in the inbox and the
// payloads in Temporal depend on it.
func loadRandomKey(path string) (string, error) {
	return loadOrCreate(path, func() ([]byte, error) {
		random := make([]byte, 32)
		_, err := rand.Read(random)
		return random, err
	})
}

// loadOrCreate returns the content of a file, in base64. It creates a missing file.
func loadOrCreate(path string, create func() ([]byte, error)) (string, error) {
	text, err := os.ReadFile(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return string(text), err
	}
	content, err := create()
	if err != nil {
		return "", err
	}
	text = []byte(base64.StdEncoding.EncodeToString(content))
	return string(text), os.WriteFile(path, text, 0o600)
}

// loadSigningKey returns a key that survives a restart.
func loadSigningKey(path string) (*ecdsa.PrivateKey, error) {
	text, err := loadOrCreate(path, func() ([]byte, error) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		return x509.MarshalECPrivateKey(key)
	})
	if err != nil {
		return nil, err
	}
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	key, err := x509.ParseECPrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}
