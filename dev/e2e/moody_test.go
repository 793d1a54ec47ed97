package e2e_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// mood is how a server behaves that somebody else runs.
type mood = string

const (
	well    mood = "well"
	busy    mood = "answers 429"
	resting mood = "answers 503"
	failing mood = "answers 500"
	babbles mood = "answers garbage"
	hangs   mood = "hangs"
	cuts    mood = "does it, and cuts the connection"
	late    mood = "does it, and does not answer"
	slow    mood = "does it, and answers after some seconds"
)

var moods = []mood{busy, resting, failing, babbles, hangs, cuts, late, slow}

// takesItsTime is how late a slow one answers: the product waits for ten seconds.
const takesItsTime = 3 * time.Second

// moody is a server that does not always do what it should. It counts what its
// callers met.
type moody struct {
	url  string
	next http.Handler

	mu   sync.Mutex
	mood mood
	over chan struct{} // closed when the mood is
	met  map[mood]int
}

func openMoody(t *testing.T, next http.Handler) *moody {
	t.Helper()
	m := &moody{next: next, mood: well, over: make(chan struct{}), met: map[mood]int{}}
	server := httptest.NewServer(m)
	m.url = server.URL
	t.Cleanup(func() { m.be(well); server.Close() })
	return m
}

// be ends whatever hangs.
func (m *moody) be(mood mood) {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.over)
	m.mood, m.over = mood, make(chan struct{})
}

func (m *moody) meet() (mood mood, over <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.met[m.mood]++
	return m.mood, m.over
}

// had is how many requests met each mood.
func (m *moody) had() map[mood]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	had := map[mood]int{}
	for mood, n := range m.met {
		had[mood] = n
	}
	return had
}

func (m *moody) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil { // its sender died
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	hang := func(over <-chan struct{}) {
		select {
		case <-over:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	}
	switch mood, over := m.meet(); mood {
	case busy:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "later", http.StatusTooManyRequests)
	case resting:
		http.Error(w, "<html>later", http.StatusServiceUnavailable)
	case failing:
		http.Error(w, "<html>sorry", http.StatusInternalServerError)
	case babbles:
		babble(w)
	case hangs:
		hang(over)
	case cuts:
		m.next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case late:
		m.next.ServeHTTP(httptest.NewRecorder(), r)
		hang(over)
	case slow:
		m.next.ServeHTTP(w, r)
		select { // what was answered leaves with the return
		case <-time.After(takesItsTime):
		case <-r.Context().Done():
		}
	default:
		m.next.ServeHTTP(w, r)
	}
}

// babble answers what is not HTTP.
func babble(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	io.WriteString(conn, strings.Repeat("\x15\x03\x01 what? ", 10)+"\n")
}
