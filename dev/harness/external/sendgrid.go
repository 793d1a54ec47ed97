package external

import (
	"encoding/json"
	"net/http"
	"testing"

	"countersign/dev/harness/faulty"
)

// SendGrid accepts mail by SendGrid's API and counts it.
type SendGrid struct {
	*faulty.Server
	*SentMails
}

// StartSendGrid starts a server without a fault.
func StartSendGrid(t *testing.T) *SendGrid {
	t.Helper()
	g := &SendGrid{SentMails: &SentMails{}}
	g.Server = faulty.StartServer(t, http.HandlerFunc(g.send))
	return g
}

// Settings returns the product's settings for this mail provider.
func (g *SendGrid) Settings() []string {
	return []string{"COUNTERSIGN_MAIL=sendgrid", "COUNTERSIGN_SENDGRID_URL=" + g.URL, "COUNTERSIGN_SENDGRID_API_KEY=" + sendGridKey}
}

const sendGridKey = "SG.the-key-of-a-test"

func (g *SendGrid) send(w http.ResponseWriter, r *http.Request) {
	var mail struct {
		Personalizations []struct {
			To   []struct{ Email string }
			Args struct {
				Delivery string `json:"delivery_id"`
			} `json:"custom_args"`
		}
		Content []struct{ Value string }
	}
	switch {
	case r.URL.Path != "/v3/mail/send" || r.Method != http.MethodPost:
		http.NotFound(w, r)
	case r.Header.Get("Authorization") != "Bearer "+sendGridKey:
		http.Error(w, "unknown API key", http.StatusUnauthorized)
	case json.NewDecoder(r.Body).Decode(&mail) != nil || len(mail.Personalizations) != 1 || len(mail.Personalizations[0].To) != 1 || len(mail.Content) != 2:
		http.Error(w, "not a mail to one recipient", http.StatusBadRequest)
	default:
		to := mail.Personalizations[0]
		g.add(SentMail{ID: to.Args.Delivery, To: to.To[0].Email, Link: ApprovalLink(mail.Content[0].Value)})
		w.WriteHeader(http.StatusAccepted)
	}
}
