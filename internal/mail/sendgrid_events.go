package mail

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/sendgrid/sendgrid-go/helpers/eventwebhook"

	"countersign/collaboration"
)

// EventKey is an ECDSA public key in base64, as SendGrid displays it. Invalid text becomes
// a nil key, which validation reports.
type EventKey struct{ *ecdsa.PublicKey }

// UnmarshalText decodes the base64 of a PKIX public key.
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

func (c SendGridConfig) validateEvents(p Problems) {
	for i, key := range c.WebhookKeys {
		if key.PublicKey == nil {
			p.Add("SENDGRID_WEBHOOK_KEYS", fmt.Sprintf("entry %d must be the verification key that SendGrid shows", i+1))
		}
	}
}

func (c SendGridConfig) eventParser() EventParser {
	if len(c.WebhookKeys) == 0 {
		return nil
	}
	var keys []*ecdsa.PublicKey
	for _, k := range c.WebhookKeys {
		keys = append(keys, k.PublicKey)
	}
	return NewEvents(keys...)
}

// Events parses the requests of SendGrid's event webhook.
type Events struct{ keys []*ecdsa.PublicKey }

// NewEvents accepts the signatures of several keys, for their rotation.
func NewEvents(keys ...*ecdsa.PublicKey) *Events { return &Events{keys} }

// Read verifies the signature of a body and parses it. An invalid signature is
// CodeForgedEvent. Read ignores the timestamp: SendGrid retries for a day, and a replayed
// event changes nothing.
func (e *Events) Read(header http.Header, body []byte) ([]collaboration.MailEvent, error) {
	if !e.isSigned(header, body) {
		return nil, &collaboration.Error{Code: collaboration.CodeForgedEvent}
	}
	var posted []struct {
		Event      string `json:"event"`
		DeliveryID string `json:"delivery_id"`
		Timestamp  int64  `json:"timestamp"`
	}
	if err := json.Unmarshal(body, &posted); err != nil {
		return nil, collaboration.Errorf(collaboration.CodeMalformedRequest, "not a list of events")
	}
	var events []collaboration.MailEvent
	for _, p := range posted {
		status, known := statuses[p.Event]
		if known && p.DeliveryID != "" {
			events = append(events, collaboration.MailEvent{Delivery: p.DeliveryID, Status: status, At: time.Unix(p.Timestamp, 0).UTC()})
		}
	}
	return events, nil
}

// statuses maps the relevant events. SendGrid drops a mail after an earlier bounce. It
// does not retry a bounce of the type "blocked", although its cause may be temporary.
var statuses = map[string]collaboration.DeliveryStatus{
	"delivered": collaboration.DeliveryDelivered,
	"bounce":    collaboration.DeliveryBounced,
	"dropped":   collaboration.DeliveryBounced,
}

func (e *Events) isSigned(header http.Header, body []byte) bool {
	signature, timestamp := header.Get(eventwebhook.VerificationHTTPHeader), header.Get(eventwebhook.TimestampHTTPHeader)
	for _, key := range e.keys {
		if ok, err := eventwebhook.VerifySignature(key, body, signature, timestamp); ok && err == nil {
			return true
		}
	}
	return false
}
