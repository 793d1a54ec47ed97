package mail

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"countersign/collaboration"
)

// InboxConfig configures the inbox.
type InboxConfig struct {
	Dir string `env:"INBOX_DIR"`
}

// Validate reports a missing directory.
func (c InboxConfig) Validate(p Problems) { p.Require("INBOX_DIR", c.Dir) }

// Open creates the directory if necessary.
func (c InboxConfig) Open() (Service, error) { return OpenInbox(c.Dir) }

// Fix describes how an operator fixes an error.
func (InboxConfig) Fix(collaboration.Code) string {
	return "correct COUNTERSIGN_INBOX_DIR; the process needs write access"
}

// Inbox is a Sender for development. It stores each message in a file, atomically even if
// the machine crashes.
type Inbox struct{ dir string }

// StoredMessage is a message in the inbox.
type StoredMessage struct {
	Message
	At time.Time `json:"at"`
}

// OpenInbox creates the directory if necessary.
func OpenInbox(dir string) (*Inbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &Inbox{dir: dir}, nil
}

// Send stores the message, unless there is one with its ID.
func (b *Inbox) Send(ctx context.Context, m Message) (string, error) {
	if err := m.validate(); err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: inbox: %w", err)
	}
	if _, err := os.Stat(b.path(m.ID)); err == nil {
		return m.messageID(), nil
	}
	if err := b.write(StoredMessage{Message: m, At: time.Now().UTC().Truncate(time.Microsecond)}); err != nil {
		return "", collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: inbox: %w", err)
	}
	return m.messageID(), nil
}

// Check creates and removes a file in the directory.
func (b *Inbox) Check(context.Context, string) error {
	f, err := os.CreateTemp(b.dir, "writing-*")
	if err != nil {
		return collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: inbox: %w", err)
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: inbox: %w", err)
	}
	return nil
}

// path uses the ID's digest, so that an ID cannot refer to another directory.
func (b *Inbox) path(id string) string { return filepath.Join(b.dir, digest(id)+suffix) }

const suffix = ".json"

func (b *Inbox) write(s StoredMessage) error {
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(b.dir, "writing-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // has no effect after the rename
	_, err = temporary.Write(content)
	if err := errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary.Name(), b.path(s.ID)); err != nil {
		return err
	}
	return syncDir(b.dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// List returns all messages, newest first.
func (b *Inbox) List() ([]StoredMessage, error) {
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return nil, err
	}
	all := []StoredMessage{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), suffix) {
			continue
		}
		s, err := read(filepath.Join(b.dir, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted after ReadDir
		} else if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(x, y StoredMessage) int { return cmp.Or(y.At.Compare(x.At), cmp.Compare(x.ID, y.ID)) })
	return all, nil
}

// Get returns the message with an ID, or CodeNotFound.
func (b *Inbox) Get(id string) (StoredMessage, error) {
	s, err := read(b.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return StoredMessage{}, &collaboration.Error{Code: collaboration.CodeNotFound}
	}
	return s, err
}

func read(path string) (StoredMessage, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return StoredMessage{}, err
	}
	var s StoredMessage
	return s, json.Unmarshal(content, &s)
}

var linkPattern = regexp.MustCompile(`https?://[^\s<>"]+`)

// Links returns the web addresses in the message's text, in order.
func (s StoredMessage) Links() []string {
	links := linkPattern.FindAllString(s.Text, -1)
	for i := range links {
		links[i] = strings.TrimRight(links[i], ".,;:!?)")
	}
	return links
}
