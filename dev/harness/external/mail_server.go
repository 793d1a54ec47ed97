package external

import (
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"countersign/dev/inbox"
	"countersign/internal/eventually"

	"github.com/emersion/go-smtp"
)

// MailServer accepts mail over SMTP and counts it. Each worker has its own
// listener, so that the listener's number identifies the sender of a mail.
type MailServer struct {
	*SentMails
	t       *testing.T
	mu      sync.Mutex
	held    *hold
	servers []*smtp.Server // by the number of the listener
	// Refuse is how many of the next mails the server rejects with 451.
	Refuse atomic.Int32
	// LoseAnswers is how many of the next mails the server accepts and then closes the
	// connection without a response.
	LoseAnswers atomic.Int32
}

// NewMailServer returns a server without listeners.
func NewMailServer(t *testing.T) *MailServer { return &MailServer{SentMails: &SentMails{}, t: t} }

// hold delays the responses to a listener's mails. The server has accepted them, and
// their sender waits.
type hold struct {
	listener int
	caught   chan struct{} // has room for one
	released chan struct{}
}

// Listen adds a listener at an address, which it returns.
func (m *MailServer) Listen(address string) string {
	m.t.Helper()
	listener := len(m.servers)
	m.servers = append(m.servers, nil)
	m.serve(listener, address)
	m.t.Cleanup(func() { m.servers[listener].Close() })
	return address
}

func (m *MailServer) serve(listener int, address string) {
	m.t.Helper()
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{m, listener, c.Conn()}, nil }))
	server.Domain, server.ErrorLog, server.Addr = "mx.example", discardLogger{}, address
	l, err := net.Listen("tcp", address)
	if err != nil {
		m.t.Fatal(err)
	}
	m.servers[listener] = server
	go server.Serve(l)
}

// Stop closes every listener and connection.
func (m *MailServer) Stop() {
	for _, server := range m.servers {
		server.Close()
	}
}

// Start starts the listeners again, on the same addresses.
func (m *MailServer) Start() {
	m.t.Helper()
	for n, server := range m.servers {
		m.serve(n, server.Addr)
	}
}

type discardLogger struct{}

func (discardLogger) Printf(string, ...any) {}

func (discardLogger) Println(...any) {}

// Hold waits until a listener has accepted a mail, and holds the response until the
// test calls release or ends.
func (m *MailServer) Hold(listener int) (release func()) {
	m.t.Helper()
	h := &hold{listener, make(chan struct{}, 1), make(chan struct{})}
	m.setHold(h)
	release = sync.OnceFunc(func() { m.setHold(nil); close(h.released) })
	m.t.Cleanup(release)
	eventually.Receive(m.t, fmt.Sprintf("worker %d sends a mail", listener+1), h.caught)
	return release
}

func (m *MailServer) setHold(h *hold) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held = h
}

type session struct {
	server   *MailServer
	listener int
	conn     net.Conn
}

func (s *session) Reset() {}

func (s *session) Logout() error { return nil }

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (s *session) Data(r io.Reader) error {
	if s.server.Refuse.Add(-1) >= 0 {
		return &smtp.SMTPError{Code: 451, Message: "later"}
	}
	received, err := inbox.Parse(r)
	if err != nil { // the sender was killed; any other error shows as a missing mail
		return err
	}
	m := SentMail{ID: received.ID, To: received.To, Link: ApprovalLink(received.Text), Server: s.listener}
	if h := s.server.accept(m); h != nil {
		<-h.released
	}
	if s.server.LoseAnswers.Add(-1) >= 0 {
		return s.conn.Close()
	}
	return nil
}

// accept adds a mail and returns the hold on its listener, nil without one.
func (m *MailServer) accept(sent SentMail) *hold {
	m.add(sent)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held == nil || m.held.listener != sent.Server {
		return nil
	}
	select {
	case m.held.caught <- struct{}{}:
	default:
	}
	return m.held
}
