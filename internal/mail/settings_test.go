package mail_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/internal/mail"
)

// recorder records the names of settings with a problem.
type recorder map[string]string

func (r recorder) Add(name, problem string)   { r[name] = problem }
func (r recorder) Require(name, value string) { r.RequireURL(name, value) }
func (r recorder) RequireURL(name, value string) {
	if value == "" {
		r[name] = "is not set"
	}
}

// Every provider of the settings can be selected, validates its own settings, and has a
// fix that names one of them.
func TestSettings_SelectProvider(t *testing.T) {
	t.Parallel()
	unknown := recorder{}
	mail.Settings{}.Validate(unknown)
	names := strings.Split(strings.TrimPrefix(unknown["MAIL"], "must be one of "), ", ")
	fields := 0
	for field := range reflect.TypeFor[mail.Settings]().Fields() {
		if field.Type.Implements(reflect.TypeFor[mail.Provider]()) {
			fields++
		}
	}
	if len(names) != fields || fields < 2 {
		t.Fatalf("%d providers, of which %q can be selected", fields, names)
	}
	for _, name := range names {
		found := recorder{}
		mail.Settings{Provider: name, From: sender, PerSecond: 1}.Validate(found)
		fix, err := mail.Settings{Provider: name, From: sender}.Check(t.Context())
		if len(found) == 0 || err == nil {
			t.Errorf("%s accepts no settings: %v, %v", name, found, err)
		}
		for setting := range found {
			if !strings.HasPrefix(setting, strings.ToUpper(name)) {
				t.Errorf("%s reports %s", name, setting)
			}
		}
		if !strings.Contains(fix, "COUNTERSIGN_"+strings.ToUpper(name)+"_") {
			t.Errorf("%s: fix %q", name, fix)
		}
	}
}

// A new provider needs no change in these packages and files.
func TestProviders_AreNamedInOnePackage(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`(?i)sendgrid|smtp`)
	checked := 0
	for _, pattern := range []string{"../config/*.go", "../bootstrap/*.go", "../../cli/*.go", "../../docker-compose.yml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			checked++
			if source, err := os.ReadFile(file); err != nil || named.Match(source) {
				t.Errorf("%s names a mail provider: %q, %v", file, named.Find(source), err)
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d files were checked", checked)
	}
}

func TestSettings_EventParser(t *testing.T) {
	t.Parallel()
	if (mail.Settings{}).EventParser() != nil {
		t.Error("a parser without a key")
	}
	key := eventKey(t)
	for _, provider := range []string{"sendgrid", "smtp", ""} { // the api needs no provider
		s := mail.Settings{Provider: provider, SendGrid: mail.SendGridConfig{WebhookKeys: []mail.EventKey{{PublicKey: &key.PublicKey}}}}
		parser := s.EventParser()
		events, _, err := parser.Read(sign(t, key, postedEvents), []byte(postedEvents))
		if err != nil || len(events) != 3 {
			t.Errorf("%q: %v, %v", provider, events, err)
		}
		if _, _, err := parser.Read(sign(t, eventKey(t), postedEvents), []byte(postedEvents)); collaboration.CodeOf(err) != collaboration.CodeForgedEvent {
			t.Errorf("%q: another key: %v", provider, err)
		}
	}
	invalid := recorder{}
	mail.Settings{SendGrid: mail.SendGridConfig{WebhookKeys: make([]mail.EventKey, 2)}}.ValidateEvents(invalid)
	if !strings.HasPrefix(invalid["SENDGRID_WEBHOOK_KEYS"], "entry 2 must be") {
		t.Errorf("got %q", invalid)
	}
}
