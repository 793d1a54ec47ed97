package inbox

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/emersion/go-smtp"
)

// Server is an SMTP server that stores every mail in a folder.
type Server struct {
	smtp     *smtp.Server
	listener net.Listener
}

// Listen starts a server on a free port of the loopback interface.
func Listen(f *Folder) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return session{f}, nil }))
	server.Domain, server.ErrorLog = "localhost", discard{}
	go server.Serve(listener) // ends with Close
	return &Server{server, listener}, nil
}

// Address returns the server's host and port.
func (s *Server) Address() string { return s.listener.Addr().String() }

// closeTimeout bounds the wait for mails that are being received.
const closeTimeout = 2 * time.Second

// Close completes the mails that are being received, and stops the server.
func (s *Server) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if s.smtp.Shutdown(ctx) != nil {
		s.smtp.Close()
	}
}

type session struct{ folder *Folder }

func (session) Reset()                               {}
func (session) Logout() error                        { return nil }
func (session) Mail(string, *smtp.MailOptions) error { return nil }
func (session) Rcpt(string, *smtp.RcptOptions) error { return nil }

// Data stores a mail. If the folder is unavailable, the sender retries.
func (s session) Data(r io.Reader) error {
	m, err := Parse(r)
	if err != nil {
		return &smtp.SMTPError{Code: 554, Message: "the inbox cannot read this mail"}
	}
	if err := s.folder.store(m); err != nil {
		return &smtp.SMTPError{Code: 451, Message: "the inbox's folder is unavailable"}
	}
	return nil
}

// discard is a log for connections that a killed sender has closed.
type discard struct{}

func (discard) Printf(string, ...any) {}
func (discard) Println(...any)        {}
