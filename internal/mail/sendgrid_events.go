package mail

import (
	"crypto/ecdsa"
	"encoding/json"
	"net/http"
	"time"

	"github.com/sendgrid/sendgrid-go/helpers/eventwebhook"

	"countersign/collaboration"
)

// Events reads what SendGrid posts to the event webhook.
type Events struct{ keys []*ecdsa.PublicKey }

// NewEvents takes events that any of the keys signed: two while one replaces
// the other.
func NewEvents(keys ...*ecdsa.PublicKey) *Events { return &Events{keys} }

// Read takes a posted body apart once its signature proved that SendGrid wrote
// it: CodeForgedEvent otherwise. How old it is does not matter: SendGrid tries
// for a day, and an event that is taken again changes nothing.
func (e *Events) Read(header http.Header, body []byte) ([]collaboration.MailEvent, error) {
	if !e.signed(header, body) {
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

// statuses are the events that say something new. A dropped mail was never
// sent on, because of an earlier bounce; a bounce of the type "blocked" may
// pass, but SendGrid does not try again, so the mail is lost all the same.
var statuses = map[string]collaboration.DeliveryStatus{
	"delivered": collaboration.DeliveryDelivered,
	"bounce":    collaboration.DeliveryBounced,
	"dropped":   collaboration.DeliveryBounced,
}

func (e *Events) signed(header http.Header, body []byte) bool {
	signature, timestamp := header.Get(eventwebhook.VerificationHTTPHeader), header.Get(eventwebhook.TimestampHTTPHeader)
	for _, key := range e.keys {
		if ok, err := eventwebhook.VerifySignature(key, body, signature, timestamp); ok && err == nil {
			return true
		}
	}
	return false
}
