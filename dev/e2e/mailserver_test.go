package e2e_test

import (
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// mailServer takes mail over SMTP and counts it. Each worker has a door of its
// own, so that it is known who brought a mail.
type mailServer struct {
	*postbox
	t     *testing.T
	mu    sync.Mutex
	held  *hold
	doors []*smtp.Server
	// refuse is how many mails are not taken from now on.
	refuse atomic.Int32
	// lose is how many mails are taken whose sender gets no answer.
	lose atomic.Int32
}

// mailed is a mail that was taken, answered or not.
type mailed struct {
	id, to, link string
	door         int
}

// postbox has every mail that was taken, in the order in which they came.
type postbox struct {
	mu    sync.Mutex
	taken []mailed
}

func (p *postbox) put(one mailed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken = append(p.taken, one)
}

func (p *postbox) all() []mailed {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]mailed(nil), p.taken...)
}

// mails are those to an address.
func (p *postbox) mails(to string) (found []mailed) {
	for _, one := range p.all() {
		if one.to == to {
			found = append(found, one)
		}
	}
	return found
}

// hold keeps a door's mails without an answer: they were taken, and whoever
// sends them does not know.
type hold struct {
	door     int
	caught   chan struct{} // takes one
	released chan struct{}
}

// open opens a door and tells its address.
func (m *mailServer) open(door int) string {
	m.t.Helper()
	address := loopback(freePort(m.t))
	m.doors = append(m.doors, nil)
	m.serve(door, address)
	m.t.Cleanup(func() { m.doors[door].Close() })
	return address
}

func (m *mailServer) serve(door int, address string) {
	m.t.Helper()
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &delivery{m, door, c.Conn()}, nil }))
	server.Domain, server.ErrorLog, server.Addr = "mx.example", silent{}, address
	l, err := net.Listen("tcp", address)
	if err != nil {
		m.t.Fatal(err)
	}
	m.doors[door] = server
	go server.Serve(l)
}

// Stop shuts every door, in the middle of whatever is said there.
func (m *mailServer) Stop() {
	for _, door := range m.doors {
		door.Close()
	}
}

// Start opens the doors again.
func (m *mailServer) Start() {
	m.t.Helper()
	for n, door := range m.doors {
		m.serve(n, door.Addr)
	}
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// hold waits until it has a mail of a door. The test must release it.
func (m *mailServer) hold(door int) (release func()) {
	m.t.Helper()
	h := &hold{door, make(chan struct{}, 1), make(chan struct{})}
	m.set(h)
	release = sync.OnceFunc(func() { m.set(nil); close(h.released) })
	m.t.Cleanup(release)
	select {
	case <-h.caught:
	case <-time.After(10 * time.Second):
		m.t.Fatalf("nothing is mailed through door %d", door)
	}
	return release
}

func (m *mailServer) set(h *hold) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held = h
}

type delivery struct {
	server *mailServer
	door   int
	conn   net.Conn
}

func (d *delivery) Reset()                               {}
func (d *delivery) Logout() error                        { return nil }
func (d *delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (d *delivery) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (d *delivery) Data(r io.Reader) error {
	if d.server.refuse.Add(-1) >= 0 {
		return &smtp.SMTPError{Code: 451, Message: "later"}
	}
	one, err := read(r)
	if err != nil { // its sender died, or it is missed in the count
		return err
	}
	one.door = d.door
	if h := d.server.take(one); h != nil {
		<-h.released
	}
	if d.server.lose.Add(-1) >= 0 {
		return d.conn.Close()
	}
	return nil
}

// take also tells by whom the mail is held.
func (m *mailServer) take(one mailed) *hold {
	m.put(one)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held == nil || m.held.door != one.door {
		return nil
	}
	select {
	case m.held.caught <- struct{}{}:
	default:
	}
	return m.held
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
