package e2e_test

import (
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"regexp"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// mailServer takes mail over SMTP and counts it. Each worker has a door of its
// own, so that it is known who brought a mail.
type mailServer struct {
	t     *testing.T
	mu    sync.Mutex
	taken []mailed
	held  *hold
	over  chan struct{}
}

// mailed is a mail that was taken, answered or not.
type mailed struct {
	id, to, link string
	door         int
}

// hold keeps a door's mails without an answer.
type hold struct {
	door   int
	caught chan struct{} // takes one
}

func newMailServer(t *testing.T) *mailServer {
	m := &mailServer{t: t, over: make(chan struct{})}
	t.Cleanup(func() { close(m.over) })
	return m
}

// open opens a door and tells its address.
func (m *mailServer) open(door int) string {
	m.t.Helper()
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{m, door}, nil }))
	server.Domain = "mx.example"
	server.ErrorLog = silent{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		m.t.Fatal(err)
	}
	go server.Serve(l)
	m.t.Cleanup(func() { server.Close() })
	return l.Addr().String()
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// hold lets no mail of a door be answered any more. It is told when there is
// one: that one was taken, and its sender does not know.
func (m *mailServer) hold(door int) (caught <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held = &hold{door, make(chan struct{}, 1)}
	return m.held.caught
}

// release answers again.
func (m *mailServer) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held = nil
}

// mails are those to an address, in the order in which they came.
func (m *mailServer) mails(to string) (found []mailed) {
	for _, one := range m.all() {
		if one.to == to {
			found = append(found, one)
		}
	}
	return found
}

func (m *mailServer) all() []mailed {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]mailed(nil), m.taken...)
}

type delivery struct {
	server *mailServer
	door   int
}

func (d *delivery) Reset()                               {}
func (d *delivery) Logout() error                        { return nil }
func (d *delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (d *delivery) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (d *delivery) Data(r io.Reader) error {
	one, err := read(r)
	if err != nil {
		d.server.t.Errorf("a mail that cannot be read: %v", err)
		return err
	}
	one.door = d.door
	if d.server.take(one) {
		<-d.server.over
	}
	return nil
}

func (m *mailServer) take(one mailed) (held bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taken = append(m.taken, one)
	if m.held == nil || m.held.door != one.door {
		return false
	}
	select {
	case m.held.caught <- struct{}{}:
	default:
	}
	return true
}

var approval = regexp.MustCompile(`https?://[^\s"<>]+/approve/[A-Za-z0-9._~-]+`)

func read(r io.Reader) (one mailed, err error) {
	letter, err := mail.ReadMessage(r)
	if err != nil {
		return one, err
	}
	to, err := letter.Header.AddressList("To")
	if err != nil {
		return one, err
	}
	body, err := firstPart(letter)
	return mailed{id: letter.Header.Get("Message-Id"), to: to[0].Address, link: string(approval.Find(body))}, err
}

// firstPart is the text of a mail for those who want no HTML.
func firstPart(letter *mail.Message) ([]byte, error) {
	_, parameters, err := mime.ParseMediaType(letter.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	part, err := multipart.NewReader(letter.Body, parameters["boundary"]).NextPart()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(part)
}
