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

// Message is one mail to one person.
type Message struct {
	// ID is the same for every attempt to send the same mail. Services that
	// can tell repeats apart do it by this.
	ID       string            `json:"id"`
	To       string            `json:"to"`
	ToName   string            `json:"to_name"`
	From     string            `json:"from"`
	FromName string            `json:"from_name"`
	Subject  string            `json:"subject"`
	Text     string            `json:"text"`
	HTML     string            `json:"html"`
	Headers  map[string]string `json:"headers,omitempty"`
}

// Sender hands a message over. The provider's ID is for finding the mail at
// the other end, and may be empty.
type Sender interface {
	Send(ctx context.Context, m Message) (providerID string, err error)
}

// check refuses what no service should be asked to carry, most of all a header
// that would become two.
func (m Message) check() error {
	switch {
	case !collaboration.ValidEmail(m.From) || !oneLine(m.FromName):
		return collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: the sender's address or name is not valid")
	case !collaboration.ValidEmail(m.To):
		return rejected("the recipient's address is not valid")
	case m.ID == "" || !oneLine(m.ID):
		return rejected("the message has no good ID")
	case !oneLine(m.ToName) || !oneLine(m.Subject):
		return rejected("a control character in the recipient's name or the subject")
	case m.Subject == "" || m.Text == "" || m.HTML == "":
		return rejected("subject, text and HTML are all needed")
	}
	for name, value := range m.Headers {
		if !headerName(name) || !oneLine(value) {
			return rejected("a header that is not valid")
		}
	}
	return nil
}

func rejected(why string) error {
	return collaboration.Errorf(collaboration.CodeMailRejected, "mail: %s", why)
}

func oneLine(s string) bool { return !strings.ContainsFunc(s, breaksLine) }

// breaksLine also names the two separators that Unicode counts as line ends.
func breaksLine(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

func headerName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == ':' })
}

// headerNames are in order, so that the same message is the same bytes.
func (m Message) headerNames() []string { return slices.Sorted(maps.Keys(m.Headers)) }

// messageID is the value of the Message-ID header, without the brackets.
func (m Message) messageID() string {
	local := m.ID
	if strings.ContainsFunc(local, func(r rune) bool { return !safeInID(r) }) || len(local) > 64 {
		local = digest(m.ID)
	}
	return local + "@" + m.From[strings.LastIndexByte(m.From, '@')+1:]
}

func safeInID(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
