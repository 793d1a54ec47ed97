package mail_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
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
		events, err := mail.NewEvents(&current.PublicKey, &old.PublicKey).Read(sign(t, key, postedEvents), []byte(postedEvents))
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
		events, err := mail.NewEvents(tt.keys...).Read(tt.header, []byte(tt.body))
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
		read, err := events.Read(sign(t, key, body), []byte(body))
		if code := collaboration.CodeOf(err); code != "" && code != collaboration.CodeMalformedRequest || err != nil && read != nil {
			t.Errorf("%q: %v", body, err)
		}
		forged := http.Header{}
		forged.Set("X-Twilio-Email-Event-Webhook-Signature", signature)
		if _, err := events.Read(forged, []byte(body)); collaboration.CodeOf(err) != collaboration.CodeForgedEvent {
			t.Errorf("%q was accepted", signature)
		}
	})
}
