package inbox

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"countersign/collaboration"
)

// Folder stores each message in a file, atomically even if the machine crashes.
type Folder struct{ dir string }

// Open creates the directory if necessary.
func Open(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &Folder{dir: dir}, nil
}

// store stores the message, unless there is one with its ID.
func (f *Folder) store(m Message) error {
	if _, err := os.Stat(f.path(m.ID)); err == nil {
		return nil
	}
	m.At = time.Now().UTC().Truncate(time.Microsecond)
	return f.write(m)
}

// path uses the ID's digest, so that an ID cannot refer to another directory.
func (f *Folder) path(id string) string {
	sum := sha256.Sum256([]byte(id))
	return filepath.Join(f.dir, hex.EncodeToString(sum[:16])+suffix)
}

const suffix = ".json"

func (f *Folder) write(m Message) error {
	content, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(f.dir, "writing-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // has no effect after the rename
	_, err = temporary.Write(content)
	if err := errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary.Name(), f.path(m.ID)); err != nil {
		return err
	}
	return syncDir(f.dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// List returns all messages, newest first.
func (f *Folder) List() ([]Message, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, err
	}
	all := []Message{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), suffix) {
			continue
		}
		s, err := read(filepath.Join(f.dir, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted after ReadDir
		} else if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(x, y Message) int { return cmp.Or(y.At.Compare(x.At), cmp.Compare(x.ID, y.ID)) })
	return all, nil
}

// Get returns the message with an ID, or CodeNotFound.
func (f *Folder) Get(id string) (Message, error) {
	s, err := read(f.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return Message{}, &collaboration.Error{Code: collaboration.CodeNotFound}
	}
	return s, err
}

func read(path string) (Message, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return Message{}, err
	}
	var s Message
	return s, json.Unmarshal(content, &s)
}
