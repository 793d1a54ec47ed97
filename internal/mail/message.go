package mail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"unicode"

	"countersign/collaboration"
)

// Message is a mail to one recipient.
type Message struct {
	// ID is the same in every attempt to send a mail. Some providers deduplicate by it.
	ID       string `json:"id"`
	To       string `json:"to"`
	ToName   string `json:"to_name"`
	From     string `json:"from"`
	FromName string `json:"from_name"`
	// ReplyTo is where answers go; "" for From.
	ReplyTo string            `json:"reply_to,omitempty"`
	Subject string            `json:"subject"`
	Text    string            `json:"text"`
	HTML    string            `json:"html"`
	Headers map[string]string `json:"headers,omitempty"`
	// Logo is an image in the HTML; nil for none.
	Logo *collaboration.Logo `json:"logo,omitempty"`
	// Attachments are files for the recipient.
	Attachments []Attachment `json:"attachments,omitempty"`
}

// Attachment is a file in a message. Its name has only letters, digits, dots and hyphens.
type Attachment struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Content []byte `json:"content"`
}

// Sender sends a message. The provider's ID identifies the mail at the provider and may
// be empty.
type Sender interface {
	Send(ctx context.Context, m Message) (providerID string, err error)
}

// validate rejects messages that no provider should get, in particular header injection.
func (m Message) validate() error {
	switch {
	case !collaboration.ValidEmail(m.From) || !isOneLine(m.FromName):
		return collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: the sender's address or name is not valid")
	case m.ReplyTo != "" && !collaboration.ValidEmail(m.ReplyTo):
		return rejected("the address for answers is not valid")
	case !collaboration.ValidEmail(m.To):
		return rejected("the recipient's address is not valid")
	case m.ID == "" || !isOneLine(m.ID):
		return rejected("the message ID is not valid")
	case !isOneLine(m.ToName) || !isOneLine(m.Subject):
		return rejected("a control character in the recipient's name or the subject")
	case m.Subject == "" || m.Text == "" || m.HTML == "":
		return rejected("subject, text and HTML are required")
	}
	for name, value := range m.Headers {
		if !isHeaderName(name) || !isOneLine(value) {
			return rejected("a header is not valid")
		}
	}
	return nil
}

func rejected(reason string) error {
	return collaboration.Errorf(collaboration.CodeMailRejected, "mail: %s", reason)
}

func isOneLine(s string) bool { return !strings.ContainsFunc(s, breaksLine) }

// breaksLine includes the two line separators of Unicode.
func breaksLine(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

func isHeaderName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == ':' })
}

// headerNames returns the names in order, so that equal messages have equal bytes.
func (m Message) headerNames() []string { return slices.Sorted(maps.Keys(m.Headers)) }

// messageID returns the value of the Message-ID header, without angle brackets.
func (m Message) messageID() string {
	local := m.ID
	if strings.ContainsFunc(local, func(r rune) bool { return !isMessageIDRune(r) }) || len(local) > 64 {
		local = digest(m.ID)
	}
	return local + "@" + m.From[strings.LastIndexByte(m.From, '@')+1:]
}

func isMessageIDRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
