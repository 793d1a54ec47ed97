package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/textproto"
	"sync"
	"time"

	"countersign/collaboration"

	gomail "github.com/wneessen/go-mail"
)

// connection is the connection of a session. go-mail's session does not observe a context
// after its start, and leaks the connection if the start fails. A connection can be closed
// at any time.
type connection struct {
	mu     sync.Mutex
	conn   net.Conn
	closed bool
}

// open takes the result of a dial, and returns it.
func (c *connection) open(conn net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		conn.Close()
		return nil, net.ErrClosed
	}
	c.conn = conn
	return conn, nil
}

func (c *connection) setTimeout(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn.SetDeadline(time.Now().Add(d))
}

func (c *connection) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.conn != nil {
		c.conn.Close()
	}
}

// sessionError classifies an error of a step before a message was sent.
func sessionError(ctx context.Context, step string, err error) error {
	if cause := ctx.Err(); cause != nil {
		return collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: SMTP: %s: %w", step, cause)
	}
	var reply *textproto.Error
	if errors.As(err, &reply) {
		if reply.Code < 500 {
			return collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: SMTP: %s: %d", step, reply.Code)
		}
		// The server rejects the client, not a message.
		return collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: SMTP: %s: %d", step, reply.Code)
	}
	if isNetworkError(err) {
		return collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: SMTP: %s: %w", step, err)
	}
	// The remaining errors are go-mail's own: the server offers no TLS, or no permitted
	// authentication.
	return collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: SMTP: %s: %w", step, err)
}

func isNetworkError(err error) bool {
	var (
		netErr net.Error
		record tls.RecordHeaderError
		cert   *tls.CertificateVerificationError
	)
	return errors.As(err, &netErr) || errors.As(err, &record) || errors.As(err, &cert) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// authReplies are the SMTP replies for missing or failed authentication.
var authReplies = map[int]bool{530: true, 534: true, 535: true, 538: true}

// deliveryError classifies a failed delivery. It omits the server's text, which may quote
// an address.
func deliveryError(ctx context.Context, err error) error {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return collaboration.Errorf(collaboration.CodeMailUnconfirmed, "mail: SMTP: unknown error")
	}
	step, code := failed.Reason.String(), failed.ErrorCode()
	switch {
	case authReplies[code]:
		return collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: SMTP: %s: %d", step, code)
	case code >= 500:
		return collaboration.Errorf(collaboration.CodeMailRejected, "mail: SMTP: %s: %d %s", step, code, failed.EnhancedStatusCode())
	case code >= 400:
		return collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: SMTP: %s: %d %s", step, code, failed.EnhancedStatusCode())
	}
	outcome := collaboration.CodeMailUnavailable
	if failed.Reason == gomail.ErrWriteContent || failed.Reason == gomail.ErrSMTPDataClose {
		outcome = collaboration.CodeMailUnconfirmed
	}
	if cause := ctx.Err(); cause != nil {
		return collaboration.Errorf(outcome, "mail: SMTP: %s: %w", step, cause)
	}
	return collaboration.Errorf(outcome, "mail: SMTP: %s: connection lost", step)
}
