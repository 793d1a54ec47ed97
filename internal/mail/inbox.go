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

// Inbox is the development Sender: a folder with one file for each message.
// A file is there whole or not at all, also after the machine went down.
type Inbox struct{ dir string }

// Stored is a message in the inbox.
type Stored struct {
	Message
	At time.Time `json:"at"`
}

// OpenInbox makes the folder where there is none.
func OpenInbox(dir string) (*Inbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &Inbox{dir: dir}, nil
}

// Send stores the message. The same ID twice is one message.
func (b *Inbox) Send(ctx context.Context, m Message) (string, error) {
	if err := m.check(); err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: inbox: %w", err)
	}
	if _, err := os.Stat(b.path(m.ID)); err == nil {
		return m.messageID(), nil
	}
	if err := b.write(Stored{Message: m, At: time.Now().UTC().Truncate(time.Microsecond)}); err != nil {
		return "", collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: inbox: %w", err)
	}
	return m.messageID(), nil
}

// Check writes into the folder, and takes it away again.
func (b *Inbox) Check(context.Context) error {
	f, err := os.CreateTemp(b.dir, "writing-*")
	if err != nil {
		return collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: inbox: %w", err)
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: inbox: %w", err)
	}
	return nil
}

// path has the ID's digest, so that no ID can leave the folder.
func (b *Inbox) path(id string) string { return filepath.Join(b.dir, digest(id)+suffix) }

const suffix = ".json"

func (b *Inbox) write(s Stored) error {
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(b.dir, "writing-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // fails once it was renamed, as it should
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

// List returns every message, the newest first.
func (b *Inbox) List() ([]Stored, error) {
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return nil, err
	}
	all := []Stored{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), suffix) {
			continue
		}
		s, err := read(filepath.Join(b.dir, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted meanwhile
		} else if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(x, y Stored) int { return cmp.Or(y.At.Compare(x.At), cmp.Compare(x.ID, y.ID)) })
	return all, nil
}

// Get finds a message by its ID: *Error{not_found} where there is none.
func (b *Inbox) Get(id string) (Stored, error) {
	s, err := read(b.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return Stored{}, &collaboration.Error{Code: collaboration.CodeNotFound}
	}
	return s, err
}

func read(path string) (Stored, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return Stored{}, err
	}
	var s Stored
	return s, json.Unmarshal(content, &s)
}

var linkPattern = regexp.MustCompile(`https?://[^\s<>"]+`)

// Links are the addresses in the message's text, in order.
func (s Stored) Links() []string {
	links := linkPattern.FindAllString(s.Text, -1)
	for i := range links {
		links[i] = strings.TrimRight(links[i], ".,;:!?)")
	}
	return links
}
