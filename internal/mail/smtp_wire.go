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

// wire is the connection under a session. A session knows no context once it
// has begun, and does not hang up when it fails to begin; this can do both.
type wire struct {
	mu   sync.Mutex
	conn net.Conn
	gone bool
}

func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone {
		conn.Close()
		return nil, net.ErrClosed
	}
	w.conn = conn
	return conn, nil
}

func (w *wire) limit(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conn.SetDeadline(time.Now().Add(d))
}

func (w *wire) hangUp() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone = true
	if w.conn != nil {
		w.conn.Close()
	}
}

// noSession classes what went wrong before there was anything to deliver.
func noSession(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil {
		return collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: SMTP: no session: %w", cause)
	}
	var reply *textproto.Error
	if errors.As(err, &reply) {
		if reply.Code < 500 {
			return collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: SMTP: no session: %d", reply.Code)
		}
		// No message was spoken of yet: it is us the server does not want.
		return collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: SMTP: no session: %d", reply.Code)
	}
	if network(err) {
		return collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: SMTP: no session: %w", err)
	}
	// What remains are the client's own objections: no TLS or no way to log
	// in offered, or none it may use.
	return collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: SMTP: no session: %w", err)
}

func network(err error) bool {
	var (
		any    net.Error
		record tls.RecordHeaderError
		cert   *tls.CertificateVerificationError
	)
	return errors.As(err, &any) || errors.As(err, &record) || errors.As(err, &cert) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// SMTP replies that mean "log in first" or "logging in failed".
var loginReplies = map[int]bool{530: true, 534: true, 535: true, 538: true}

// notDelivered classes the failure of one delivery. The server's words are
// left out: they may quote an address.
func notDelivered(ctx context.Context, err error) error {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return collaboration.Errorf(collaboration.CodeMailUnconfirmed, "mail: SMTP: failed in an unknown way")
	}
	step, code := failed.Reason.String(), failed.ErrorCode()
	switch {
	case loginReplies[code]:
		return collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: SMTP: %s: %d", step, code)
	case code >= 500:
		return collaboration.Errorf(collaboration.CodeMailRejected, "mail: SMTP: %s: %d %s", step, code, failed.EnhancedStatusCode())
	case code >= 400:
		return collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: SMTP: %s: %d %s", step, code, failed.EnhancedStatusCode())
	}
	lost := collaboration.CodeMailUnavailable
	if failed.Reason == gomail.ErrWriteContent || failed.Reason == gomail.ErrSMTPDataClose {
		lost = collaboration.CodeMailUnconfirmed
	}
	if cause := ctx.Err(); cause != nil {
		return collaboration.Errorf(lost, "mail: SMTP: %s: %w", step, cause)
	}
	return collaboration.Errorf(lost, "mail: SMTP: %s: connection lost", step)
}
