package mail

import (
	"context"
	"errors"
	"maps"
	"net/http"
	netmail "net/mail"
	"slices"
	"strings"

	"countersign/collaboration"
)

// Settings are the settings of mail. Package config reads them from the variables in the
// env tags. A provider has a field with its settings and a row in providers.
type Settings struct {
	Provider string `env:"MAIL"`
	From     string `env:"MAIL_FROM"`
	// PerSecond limits the mail queue of all workers together. It also limits the mails
	// that one worker sends outside the queue.
	PerSecond float64 `env:"MAIL_PER_SECOND" envDefault:"50"`
	SendGrid  SendGridConfig
	SMTP      SMTPConfig
}

// providers returns the providers by their value of MAIL.
func (s Settings) providers() map[string]Provider {
	return map[string]Provider{"sendgrid": s.SendGrid, "smtp": s.SMTP}
}

// Provider is the settings of one mail provider.
type Provider interface {
	// Validate reports invalid settings.
	Validate(Problems)
	// Open returns a service with these settings. It connects to no server.
	Open() (Service, error)
	// Fix describes how an operator fixes an error of Open or Check with this code.
	Fix(collaboration.Code) string
}

// Service sends mails and can check its connection.
type Service interface {
	Sender
	// Check tries the connection and the credentials. It sends no mail.
	Check(ctx context.Context, from string) error
}

// Problems collects the problems of settings. Names are without the common prefix.
type Problems interface {
	Add(name, problem string)
	// Require reports an empty value.
	Require(name, value string)
	RequireURL(name, value string)
}

// Validate reports invalid settings of a process that sends mail.
func (s Settings) Validate(p Problems) {
	if _, err := s.Sender(); err != nil {
		p.Add("MAIL_FROM", "must be an address such as Countersign <no-reply@countersign.example>")
	}
	if s.PerSecond <= 0 {
		p.Add("MAIL_PER_SECOND", "must be above zero")
	}
	if provider, err := s.selected(); err != nil {
		p.Add("MAIL", err.Error())
	} else {
		provider.Validate(p)
	}
}

func (s Settings) selected() (Provider, error) {
	all := s.providers()
	if provider, found := all[s.Provider]; found {
		return provider, nil
	}
	return nil, errors.New("must be one of " + strings.Join(slices.Sorted(maps.Keys(all)), ", "))
}

// Sender returns the address and the name of the sender.
func (s Settings) Sender() (*netmail.Address, error) { return netmail.ParseAddress(s.From) }

// Open returns the service of the selected provider.
func (s Settings) Open() (Service, error) {
	provider, err := s.selected()
	if err != nil {
		return nil, err
	}
	return provider.Open()
}

// Check tries the selected provider. It returns how an operator fixes an error.
func (s Settings) Check(ctx context.Context) (fix string, err error) {
	provider, err := s.selected()
	if err != nil {
		return "correct COUNTERSIGN_MAIL", err
	}
	from, err := s.Sender()
	if err != nil {
		return "correct COUNTERSIGN_MAIL_FROM", err
	}
	service, err := provider.Open()
	if err == nil {
		err = service.Check(ctx, from.Address)
	}
	return provider.Fix(collaboration.CodeOf(err)), err
}

// EventParser verifies and parses a provider's request with delivery events. An invalid
// signature is CodeForgedEvent.
type EventParser interface {
	MaySign(header http.Header) bool
	Read(header http.Header, body []byte) (events []collaboration.MailEvent, skipped int, err error)
}

// EventParser returns nil without a verification key; the api then rejects all events. The
// selected provider does not matter, because events also arrive after a change of it.
func (s Settings) EventParser() EventParser { return s.SendGrid.eventParser() }

// ValidateEvents reports invalid settings of a process that receives delivery events.
func (s Settings) ValidateEvents(p Problems) { s.SendGrid.validateEvents(p) }
