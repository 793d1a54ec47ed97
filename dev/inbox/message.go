package inbox

import (
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"
)

// Message is a received mail.
type Message struct {
	// ID is the delivery's ID, which the product puts before the @ of the Message-ID.
	ID       string            `json:"id"`
	To       string            `json:"to"`
	ToName   string            `json:"to_name"`
	From     string            `json:"from"`
	FromName string            `json:"from_name"`
	Subject  string            `json:"subject"`
	Text     string            `json:"text"`
	HTML     string            `json:"html"`
	Headers  map[string]string `json:"headers,omitempty"`
	At       time.Time         `json:"at"`
	// Attachments are files for the recipient.
	Attachments []Attachment `json:"attachments,omitempty"`
}

// Attachment is a file in a message.
type Attachment struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Content []byte `json:"content"`
}

// Data returns the file as an address that a browser saves.
func (a Attachment) Data() template.URL {
	return template.URL("data:application/octet-stream;base64," + base64.StdEncoding.EncodeToString(a.Content))
}

// shownHeaders are the headers that the page of a message shows beside its own rows.
var shownHeaders = []string{"Auto-Submitted"}

// Parse reads a mail with a text and an HTML part.
func Parse(r io.Reader) (Message, error) {
	mail, err := netmail.ReadMessage(r)
	if err != nil {
		return Message{}, err
	}
	m := Message{Headers: map[string]string{}}
	m.ID, _, _ = strings.Cut(strings.Trim(mail.Header.Get("Message-Id"), "<>"), "@")
	for _, name := range shownHeaders {
		if value := mail.Header.Get(name); value != "" {
			m.Headers[name] = value
		}
	}
	if err := m.readAddresses(mail.Header); err != nil {
		return m, err
	}
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(mail.Header.Get("Subject")); err != nil {
		return m, err
	}
	return m, m.readParts(mail.Header.Get("Content-Type"), mail.Body)
}

func (m *Message) readAddresses(header netmail.Header) error {
	from, err := header.AddressList("From")
	if err != nil {
		return fmt.Errorf("header From: %w", err)
	}
	to, err := header.AddressList("To")
	if err != nil {
		return fmt.Errorf("header To: %w", err)
	}
	m.From, m.FromName, m.To, m.ToName = from[0].Address, from[0].Name, to[0].Address, to[0].Name
	return nil
}

// readParts reads a multipart body. Its parts can be multipart themselves.
func (m *Message) readParts(contentType string, content io.Reader) error {
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return err
	}
	for parts := multipart.NewReader(content, parameters["boundary"]); ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := m.readPart(part); err != nil {
			return err
		}
	}
}

func (m *Message) readPart(part *multipart.Part) error {
	contentType := part.Header.Get("Content-Type")
	if strings.HasPrefix(contentType, "multipart/") {
		return m.readParts(contentType, part)
	}
	if name := part.FileName(); name != "" && strings.HasPrefix(part.Header.Get("Content-Disposition"), "attachment") {
		content, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part)) // which ignores line breaks
		kind, _, _ := strings.Cut(contentType, ";")
		m.Attachments = append(m.Attachments, Attachment{name, kind, content})
		return err
	}
	body, err := io.ReadAll(part) // the reader decodes quoted-printable
	if err != nil {
		return err
	}
	content := strings.ReplaceAll(string(body), "\r\n", "\n")
	switch {
	case strings.HasPrefix(contentType, "text/html"):
		m.HTML = content
	case strings.HasPrefix(contentType, "text/"):
		m.Text = content
	default: // an image in the HTML, which precedes it
		id := strings.Trim(part.Header.Get("Content-Id"), "<>")
		mediaType, _, _ := strings.Cut(contentType, ";")
		m.HTML = strings.ReplaceAll(m.HTML, "cid:"+id, "data:"+mediaType+";base64,"+strings.ReplaceAll(content, "\n", ""))
	}
	return nil
}

var linkPattern = regexp.MustCompile(`https?://[^\s<>"]+`)

// Links returns the web addresses in the message's text, in order.
func (m Message) Links() []string {
	links := linkPattern.FindAllString(m.Text, -1)
	for i := range links {
		links[i] = strings.TrimRight(links[i], ".,;:!?)")
	}
	return links
}
