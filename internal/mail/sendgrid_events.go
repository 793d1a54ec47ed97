package mail

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
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
type Events struct {
	keys []*ecdsa.PublicKey
	now  func() time.Time
}

// NewEvents accepts the signatures of several keys, for their rotation.
func NewEvents(keys ...*ecdsa.PublicKey) *Events { return &Events{keys, time.Now} }

// Read verifies the signature of a body and parses it. An invalid signature is
// CodeForgedEvent. Read ignores the age of a request: SendGrid retries for a day, and a
// replayed event changes nothing.
//
// Each element is decoded by itself. An element that is not understood is skipped and
// counted, so that it does not hold up the others.
func (e *Events) Read(header http.Header, body []byte) (events []collaboration.MailEvent, skipped int, err error) {
	if !e.isSigned(header, body) {
		return nil, 0, &collaboration.Error{Code: collaboration.CodeForgedEvent}
	}
	var elements []json.RawMessage
	if json.Unmarshal(body, &elements) != nil {
		return nil, 1, nil
	}
	for _, element := range elements {
		if event, ok := readEvent(element, e.now()); ok {
			events = append(events, event)
		} else {
			skipped++
		}
	}
	return events, skipped, nil
}

// MaySign reports whether a request has the headers of a signature. A request without
// them is rejected before its body is read.
func (*Events) MaySign(header http.Header) bool {
	return header.Get(eventwebhook.VerificationHTTPHeader) != "" && header.Get(eventwebhook.TimestampHTTPHeader) != ""
}

// readEvent returns an event that changes the status of a mail.
func readEvent(element json.RawMessage, received time.Time) (collaboration.MailEvent, bool) {
	var p struct {
		Event      string      `json:"event"`
		DeliveryID string      `json:"delivery_id"`
		MessageID  string      `json:"sg_message_id"`
		Timestamp  json.Number `json:"timestamp"`
	}
	if json.Unmarshal(element, &p) != nil {
		return collaboration.MailEvent{}, false
	}
	status, known := statuses[p.Event]
	if !known || p.DeliveryID == "" && p.MessageID == "" {
		return collaboration.MailEvent{}, false
	}
	return collaboration.MailEvent{Delivery: p.DeliveryID, ProviderID: acceptedID(p.MessageID), Status: status, At: eventTime(p.Timestamp, received)}, true
}

// acceptedID returns the id that SendGrid gave when it accepted the mail. An event has
// more parts behind it.
func acceptedID(messageID string) string {
	for _, part := range []string{".recvd", ".filter"} {
		messageID, _, _ = strings.Cut(messageID, part)
	}
	return messageID
}

// SendGrid retries an event for a day, and clocks differ a little. Outside these bounds a
// time is not plausible, and the time of receipt stands in for it.
const (
	maxEventAge   = 30 * 24 * time.Hour
	maxEventAhead = time.Hour
)

func eventTime(stamp json.Number, received time.Time) time.Time {
	seconds, err := stamp.Int64()
	at := time.Unix(seconds, 0)
	if err != nil || at.Before(received.Add(-maxEventAge)) || at.After(received.Add(maxEventAhead)) {
		at = received
	}
	return at.UTC().Truncate(time.Microsecond)
}

// statuses maps the relevant events. SendGrid drops a mail after an earlier bounce. It
// does not retry a bounce of the type "blocked", although its cause may be temporary. After
// a spam report or an unsubscription it drops every later mail to the address, so these
// count as a bounce too: they stop reminders, and the office is notified.
var statuses = map[string]collaboration.DeliveryStatus{
	"delivered":         collaboration.DeliveryDelivered,
	"bounce":            collaboration.DeliveryBounced,
	"dropped":           collaboration.DeliveryBounced,
	"spamreport":        collaboration.DeliveryBounced,
	"unsubscribe":       collaboration.DeliveryBounced,
	"group_unsubscribe": collaboration.DeliveryBounced,
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
