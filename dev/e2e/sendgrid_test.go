package e2e_test

import (
	"encoding/json"
	"net/http"
	"testing"
)

// sendGrid takes mail as SendGrid does, and counts it.
type sendGrid struct {
	*moody
	*postbox
}

func openSendGrid(t *testing.T) *sendGrid {
	t.Helper()
	g := &sendGrid{postbox: &postbox{}}
	g.moody = openMoody(t, http.HandlerFunc(g.send))
	return g
}

func (g *sendGrid) settings() []string {
	return []string{"COUNTERSIGN_MAIL=sendgrid", "COUNTERSIGN_SENDGRID_URL=" + g.url, "COUNTERSIGN_SENDGRID_API_KEY=" + sendGridKey}
}

const sendGridKey = "SG.the-key-of-a-test"

func (g *sendGrid) send(w http.ResponseWriter, r *http.Request) {
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
		http.Error(w, "whose key is this?", http.StatusUnauthorized)
	case json.NewDecoder(r.Body).Decode(&mail) != nil || len(mail.Personalizations) != 1 || len(mail.Personalizations[0].To) != 1 || len(mail.Content) != 2:
		http.Error(w, "not a mail to somebody", http.StatusBadRequest)
	default:
		to := mail.Personalizations[0]
		g.put(mailed{id: to.Args.Delivery, to: to.To[0].Email, link: approval.FindString(mail.Content[0].Value)})
		w.WriteHeader(http.StatusAccepted)
	}
}
