package harness

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/dev/inbox"
	"countersign/internal/mail"
)

// openInbox returns a sender to the inbox in a stack's folder, for a worker that is not
// part of the stack.
func openInbox(dir string) (sender mail.Sender, closeInbox func(), err error) {
	folder, err := inbox.Open(filepath.Join(dir, "inbox"))
	if err != nil {
		return nil, nil, err
	}
	server, err := inbox.Listen(folder)
	if err != nil {
		return nil, nil, err
	}
	return mail.NewSMTP(mail.SMTPConfig{Address: server.Address(), TLS: mail.TLSNone}), server.Close, nil
}

// OpenInbox returns a sender to the inbox in a stack's folder until the test ends.
func OpenInbox(t *testing.T, dir string) mail.Sender {
	t.Helper()
	sender, closeInbox, err := openInbox(dir)
	NoError(t, err)
	t.Cleanup(closeInbox)
	return sender
}

// Mail is a mail in the inbox of a stack.
type Mail struct {
	ID      string
	To      string
	Subject string
	Links   []string
}

// Mails returns the mails to an address, newest first.
func (o *Office) Mails(to string) (found []Mail) {
	o.T.Helper()
	response, err := http.Get(o.At.Inbox + "/messages.json")
	NoError(o.T, err)
	defer response.Body.Close()
	var all []Mail
	NoError(o.T, json.NewDecoder(response.Body).Decode(&all))
	for _, m := range all {
		if m.To == to {
			found = append(found, m)
		}
	}
	return found
}

// Invitations returns the mails to an address with a link to an invitation, newest first.
func (o *Office) Invitations(to string) []Mail {
	o.T.Helper()
	return slices.DeleteFunc(o.Mails(to), func(m Mail) bool {
		return !slices.ContainsFunc(m.Links, func(link string) bool { return strings.Contains(link, "/approve/") })
	})
}

// ReportDelivery makes the inbox report an event, such as "bounce", of its newest
// invitation to an address, as a mail provider does.
func (o *Office) ReportDelivery(to, event string) {
	o.T.Helper()
	response, err := http.Post(o.At.Inbox+"/messages/"+o.Invitations(to)[0].ID+"/"+event, "", nil)
	NoError(o.T, err)
	response.Body.Close()
	if response.StatusCode != http.StatusOK { // the client has followed the redirect
		o.T.Fatalf("%s: %s", event, response.Status)
	}
}
