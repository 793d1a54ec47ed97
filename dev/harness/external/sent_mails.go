package external

import (
	"regexp"
	"strings"
	"sync"
)

// SentMail is a mail that a mail server accepted, with or without a response.
type SentMail struct {
	ID, To string
	Link   string // of the invitation, empty in other mails
	Server int    // the number of the listener
}

// SentMails has every accepted mail in order.
type SentMails struct {
	mu  sync.Mutex
	all []SentMail
}

func (p *SentMails) add(m SentMail) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, m)
}

// All returns a copy of the mails.
func (p *SentMails) All() []SentMail {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]SentMail(nil), p.all...)
}

// To returns the mails to an address.
func (p *SentMails) To(to string) (found []SentMail) {
	for _, m := range p.All() {
		if m.To == to {
			found = append(found, m)
		}
	}
	return found
}

var approvalLink = regexp.MustCompile(`https?://[^\s"<>]+/approve/[A-Za-z0-9._~-]+`)

// ApprovalLink returns the link of the invitation in a mail's text, or "". The confirmation of
// a decline, which links to the invitation's page as well, has none.
func ApprovalLink(text string) string {
	if strings.Contains(text, "Se vad som avböjdes") {
		return ""
	}
	return approvalLink.FindString(text)
}
