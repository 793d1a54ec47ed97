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

	"countersign/dev/engine"
	"countersign/dev/login"
	"countersign/internal/config"
)

// Tokens of the seeded employees, for programs and the Authorization header. They are no
// secret: the stack listens on this machine alone.
const (
	ManagerToken     = "dev-manager-maja"  // maja@ekstroms.example, manager at Ekströms Redovisning
	EmployeeToken    = "dev-employee-nils" // nils@ekstroms.example, employee there
	OtherOfficeToken = "dev-manager-sara"  // sara@sundlind.example, manager at another office
)

// build is the same whatever the code is: the stack has one worker, and what it
// began under other code goes on under this.
const build = "dev"

// settings are what an operator of the real stack would set, read and checked
// in the same way.
func (o Options) settings(e *engine.Engine) (config.Config, error) {
	key, err := randomKey(filepath.Join(o.Dir, "link.key"))
	if err != nil {
		return config.Config{}, err
	}
	master, err := randomKey(filepath.Join(o.Dir, "encryption.key"))
	if err != nil {
		return config.Config{}, err
	}
	events, err := openMailEvents(filepath.Join(o.Dir, "events.key"))
	if err != nil {
		return config.Config{}, err
	}
	environment := map[string]string{
		"DATABASE_URL":   cmp.Or(o.DatabaseURL, "sqlite:"+filepath.Join(o.Dir, "facts.db")),
		"REDIS_URL":      o.RedisURL,
		"PUBLIC_URL":     local(o.Port),
		"LISTEN":         "localhost:" + strconv.Itoa(o.Port),
		"ADMIN_LISTEN":   "localhost:0",
		"DRAIN_FOR":      "0s",
		"LINK_KEYS":      key,
		"API_TOKENS":     "maja@ekstroms.example:" + ManagerToken + ",nils@ekstroms.example:" + EmployeeToken + ",sara@sundlind.example:" + OtherOfficeToken,
		"OPERATORS":      operator.Email,
		"CODEC_ORIGINS":  webUI(e),
		"OIDC_ISSUER":    local(o.LoginPort),
		"OIDC_CLIENT_ID": login.ClientID,
		"OIDC_AUDIENCE":  login.Audience,
		"MAIL":           "inbox",
		"MAIL_FROM":      "Countersign <no-reply@countersign.example>",
		// Tests and benchmarks are one address with few customers.
		"LIMIT_REQUESTS": "0", "LIMIT_MAILS": "0", "LIMIT_ACTIVATIONS": "0", "LIMIT_VISITORS": "0", "LIMIT_WRITES": "0",
		"ENCRYPTION_KEYS":        "dev:" + master,
		"WEBHOOKS_ALLOW_PRIVATE": "true",
		"SENDGRID_WEBHOOK_KEYS":  events.publicKey,
		"INBOX_DIR":              filepath.Join(o.Dir, "inbox"),
		"BUILD":                  build,
	}
	prefixed := map[string]string{"TEMPORAL_ADDRESS": e.Address()}
	for _, variable := range os.Environ() {
		if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "OTEL_") {
			prefixed[name] = value // where to send traces, if anybody wants them
		}
	}
	for name, value := range environment {
		prefixed[config.Prefix+name] = value
	}
	if _, err := config.Load(config.Worker, prefixed); err != nil {
		return config.Config{}, err
	}
	return config.Load(config.API, prefixed)
}

// randomKey is made once and kept, so that links in the inbox, and what the engine
// was told, outlive the process.
func randomKey(path string) (string, error) {
	return kept(path, func() ([]byte, error) {
		random := make([]byte, 32)
		_, err := rand.Read(random)
		return random, err
	})
}

// kept is what a file holds, in base64; it is made where there is none.
func kept(path string, make func() ([]byte, error)) (string, error) {
	text, err := os.ReadFile(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return string(text), err
	}
	made, err := make()
	if err != nil {
		return "", err
	}
	text = []byte(base64.StdEncoding.EncodeToString(made))
	return string(text), os.WriteFile(path, text, 0o600)
}

// keptKey is a key to sign with, made once.
func keptKey(path string) (*ecdsa.PrivateKey, error) {
	text, err := kept(path, func() ([]byte, error) {
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
