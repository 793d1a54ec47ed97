package mail_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/mail"
)

const postedEvents = `[
 {"email":"asa@kund.example","event":"processed","timestamp":1795500000,"delivery_id":"m-1","sg_event_id":"e1"},
 {"email":"asa@kund.example","event":"delivered","timestamp":1795500001,"delivery_id":"m-1","sg_event_id":"e2"},
 {"email":"asa@kund.example","event":"bounce","type":"blocked","reason":"550","timestamp":1795500002,"delivery_id":"m-2"},
 {"email":"asa@kund.example","event":"dropped","timestamp":1795500003,"delivery_id":"m-3"},
 {"email":"asa@kund.example","event":"open","timestamp":1795500004,"delivery_id":"m-1"},
 {"email":"asa@kund.example","event":"bounce","timestamp":1795500005}]`

func eventKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign returns the headers with which SendGrid signs a body.
func sign(t testing.TB, key *ecdsa.PrivateKey, body string) http.Header {
	t.Helper()
	const stamp = "1795500010"
	sum := sha256.Sum256([]byte(stamp + body))
	signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	h.Set("X-Twilio-Email-Event-Webhook-Signature", base64.StdEncoding.EncodeToString(signature))
	h.Set("X-Twilio-Email-Event-Webhook-Timestamp", stamp)
	return h
}

func TestEvents_Read(t *testing.T) {
	t.Parallel()
	old, current := eventKey(t), eventKey(t)
	for name, key := range map[string]*ecdsa.PrivateKey{"the old key": old, "the new key": current} {
		events, skipped, err := mail.NewEvents(&current.PublicKey, &old.PublicKey).At(received).Read(sign(t, key, postedEvents), []byte(postedEvents))
		if skipped != 3 {
			t.Errorf("%s: %d skipped, want processed, open and one without an id", name, skipped)
		}
		want := []collaboration.MailEvent{
			{Delivery: "m-1", Status: collaboration.DeliveryDelivered, At: time.Unix(1795500001, 0).UTC()},
			{Delivery: "m-2", Status: collaboration.DeliveryBounced, At: time.Unix(1795500002, 0).UTC()},
			{Delivery: "m-3", Status: collaboration.DeliveryBounced, At: time.Unix(1795500003, 0).UTC()},
		}
		if err != nil || len(events) != len(want) {
			t.Fatalf("%s: %+v, %v", name, events, err)
		}
		for i := range want {
			if events[i] != want[i] {
				t.Errorf("%s: got %+v, want %+v", name, events[i], want[i])
			}
		}
	}
}

// received is when the events arrive.
var received = time.Unix(1795500010, 0)

// An element of another shape loses itself only. A time that no clock can have is replaced
// by the time of receipt. A bounce that names only SendGrid's id is found by it.
func TestEvents_ForeignElements(t *testing.T) {
	t.Parallel()
	key := eventKey(t)
	good := collaboration.MailEvent{Delivery: "m-1", Status: collaboration.DeliveryBounced, At: time.Unix(1795500002, 0).UTC()}
	now := good
	now.At = received.UTC()
	byProvider := collaboration.MailEvent{ProviderID: "14c5d75ce93.dfd.64b469", Status: collaboration.DeliveryBounced, At: good.At}
	const bounce = `{"event":"bounce","delivery_id":"m-1","timestamp":1795500002}`
	for name, tt := range map[string]struct {
		body    string
		want    []collaboration.MailEvent
		skipped int
	}{
		"a number for the id":     {`[{"event":"open","delivery_id":12345,"timestamp":1}, ` + bounce + `]`, []collaboration.MailEvent{good}, 1},
		"text among the objects":  {`["x", null, 7, [], ` + bounce + `]`, []collaboration.MailEvent{good}, 4},
		"another timestamp":       {`[{"event":"bounce","delivery_id":"m-1","timestamp":"1795500002"}]`, []collaboration.MailEvent{good}, 0},
		"milliseconds":            {`[{"event":"bounce","delivery_id":"m-1","timestamp":1795500002000}]`, []collaboration.MailEvent{now}, 0},
		"a fraction":              {`[{"event":"bounce","delivery_id":"m-1","timestamp":1795500002.5}]`, []collaboration.MailEvent{now}, 0},
		"no time":                 {`[{"event":"bounce","delivery_id":"m-1"}]`, []collaboration.MailEvent{now}, 0},
		"long ago":                {`[{"event":"bounce","delivery_id":"m-1","timestamp":1}]`, []collaboration.MailEvent{now}, 0},
		"SendGrid's id, filter":   {`[{"event":"bounce","sg_message_id":"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0","timestamp":1795500002}]`, []collaboration.MailEvent{byProvider}, 0},
		"SendGrid's id, received": {`[{"event":"bounce","sg_message_id":"14c5d75ce93.dfd.64b469.recvd-5f54b5d587-c2tm4-1-5F6A9A2D-0.0","timestamp":1795500002}]`, []collaboration.MailEvent{byProvider}, 0},
		"no list":                 {`{"event":"bounce"}`, nil, 1},
		"no JSON":                 {`x`, nil, 1},
	} {
		events, skipped, err := mail.NewEvents(&key.PublicKey).At(received).Read(sign(t, key, tt.body), []byte(tt.body))
		if err != nil || skipped != tt.skipped || !slices.Equal(events, tt.want) {
			t.Errorf("%s: %+v, %d skipped, %v", name, events, skipped, err)
		}
	}
}

func TestEvents_RejectForgery(t *testing.T) {
	t.Parallel()
	key := eventKey(t)
	good := sign(t, key, postedEvents)
	with := func(name, value string) http.Header {
		h := good.Clone()
		h.Set(name, value)
		return h
	}
	for name, tt := range map[string]struct {
		header http.Header
		body   string
		keys   []*ecdsa.PublicKey
	}{
		"no key":          {good, postedEvents, nil},
		"another key":     {good, postedEvents, []*ecdsa.PublicKey{&eventKey(t).PublicKey}},
		"a changed body":  {good, postedEvents + " ", []*ecdsa.PublicKey{&key.PublicKey}},
		"a changed time":  {with("X-Twilio-Email-Event-Webhook-Timestamp", "1795500011"), postedEvents, []*ecdsa.PublicKey{&key.PublicKey}},
		"no signature":    {http.Header{}, postedEvents, []*ecdsa.PublicKey{&key.PublicKey}},
		"not base64":      {with("X-Twilio-Email-Event-Webhook-Signature", "%"), postedEvents, []*ecdsa.PublicKey{&key.PublicKey}},
		"not a signature": {with("X-Twilio-Email-Event-Webhook-Signature", "aGVq"), postedEvents, []*ecdsa.PublicKey{&key.PublicKey}},
	} {
		events, _, err := mail.NewEvents(tt.keys...).Read(tt.header, []byte(tt.body))
		if collaboration.CodeOf(err) != collaboration.CodeForgedEvent || events != nil {
			t.Errorf("%s: %+v, %v", name, events, err)
		}
	}
}

// FuzzEvents checks that every body is rejected or parsed without a panic.
func FuzzEvents(f *testing.F) {
	key := eventKey(f)
	for _, seed := range []string{postedEvents, "[]", "{}", "null", `[{"event":7}]`, `[{"timestamp":1e300,"event":"bounce","delivery_id":"x"}]`, "\x00"} {
		f.Add(seed, "MEUCIQ==")
	}
	events := mail.NewEvents(&key.PublicKey)
	f.Fuzz(func(t *testing.T, body, signature string) {
		read, _, err := events.Read(sign(t, key, body), []byte(body))
		if code := collaboration.CodeOf(err); code != "" || err != nil && read != nil {
			t.Errorf("%q: %v", body, err)
		}
		forged := http.Header{}
		forged.Set("X-Twilio-Email-Event-Webhook-Signature", signature)
		if _, _, err := events.Read(forged, []byte(body)); collaboration.CodeOf(err) != collaboration.CodeForgedEvent {
			t.Errorf("%q was accepted", signature)
		}
	})
}

// TestEvents_Complaints: after a spam report or an unsubscription SendGrid drops later mail,
// as after a bounce.
func TestEvents_Complaints(t *testing.T) {
	t.Parallel()
	key := eventKey(t)
	for _, event := range []string{"spamreport", "unsubscribe", "group_unsubscribe"} {
		body := `[{"event":"` + event + `","timestamp":1795500001,"delivery_id":"m-1"}]`
		got, _, err := mail.NewEvents(&key.PublicKey).At(received).Read(sign(t, key, body), []byte(body))
		if err != nil || len(got) != 1 || got[0].Status != collaboration.DeliveryBounced {
			t.Errorf("%s: %+v, %v", event, got, err)
		}
	}
}
