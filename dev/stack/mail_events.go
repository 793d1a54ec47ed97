package stack

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/sendgrid/sendgrid-go/helpers/eventwebhook"
)

// mailEvents reports deliveries of the inbox to the API as SendGrid does: in signed
// requests to its event webhook.
type mailEvents struct {
	key       *ecdsa.PrivateKey
	publicKey string
}

func openMailEvents(path string) (mailEvents, error) {
	key, err := loadSigningKey(path)
	if err != nil {
		return mailEvents{}, err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	return mailEvents{key, base64.StdEncoding.EncodeToString(public)}, err
}

// reporter returns a function that sends one event of a mail to the API at base.
func (m mailEvents) reporter(base string) func(deliveryID, event string) error {
	return func(deliveryID, event string) error {
		now := time.Now().Unix()
		body, err := json.Marshal([]map[string]any{{"event": event, "delivery_id": deliveryID, "timestamp": now}})
		if err != nil {
			return err
		}
		stamp := strconv.FormatInt(now, 10)
		sum := sha256.Sum256(append([]byte(stamp), body...))
		signature, err := ecdsa.SignASN1(rand.Reader, m.key, sum[:])
		if err != nil {
			return err
		}
		request, err := http.NewRequest(http.MethodPost, base+"/webhooks/sendgrid", bytes.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set(eventwebhook.VerificationHTTPHeader, base64.StdEncoding.EncodeToString(signature))
		request.Header.Set(eventwebhook.TimestampHTTPHeader, stamp)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode/100 != 2 {
			return fmt.Errorf("the API answered %s", response.Status)
		}
		return nil
	}
}
