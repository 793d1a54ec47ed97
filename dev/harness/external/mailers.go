package external

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"countersign/collaboration"
	"countersign/internal/mail"
)

// UnavailableMailer is a mail provider that fails every mail until Available is set.
type UnavailableMailer struct {
	Available atomic.Bool
	Sent      atomic.Int32
}

// Send fails with CodeMailUnavailable until Available is set.
func (m *UnavailableMailer) Send(context.Context, mail.Message) (string, error) {
	if !m.Available.Load() {
		return "", collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: unavailable")
	}
	m.Sent.Add(1)
	return "provider-id", nil
}

// SlowMailer is a mail provider that needs Duration for each mail. It sends to Started
// when it begins one.
type SlowMailer struct {
	Duration time.Duration
	Started  chan struct{}
	Sent     atomic.Int32
}

// Send reports its start, waits for Duration and accepts the mail.
func (s *SlowMailer) Send(context.Context, mail.Message) (string, error) {
	s.Started <- struct{}{}
	time.Sleep(s.Duration)
	s.Sent.Add(1)
	return "provider-id", nil
}

// RecordingMailer is a mail provider that accepts every mail and counts its attempts.
type RecordingMailer struct {
	mu   sync.Mutex
	sent map[string]int
}

// Send accepts the mail.
func (m *RecordingMailer) Send(_ context.Context, message mail.Message) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sent == nil {
		m.sent = map[string]int{}
	}
	m.sent[message.ID]++
	return message.ID, nil
}

// Sent returns how many times the mail with an ID was sent.
func (m *RecordingMailer) Sent(id string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sent[id]
}

// RefusingMailer is a mail provider that rejects one address permanently. Its fields are
// protected by Mu.
type RefusingMailer struct {
	Mu      sync.Mutex
	Refused string
	// Accepted has the accepted mails in order.
	Accepted []mail.Message
}

// Send rejects a mail to the refused address with CodeMailRejected.
func (m *RefusingMailer) Send(_ context.Context, message mail.Message) (string, error) {
	m.Mu.Lock()
	defer m.Mu.Unlock()
	if message.To == m.Refused {
		return "", collaboration.Errorf(collaboration.CodeMailRejected, "mail: no such mailbox")
	}
	m.Accepted = append(m.Accepted, message)
	return message.ID, nil
}

// To returns the accepted mails to an address.
func (m *RefusingMailer) To(address string) (accepted []mail.Message) {
	m.Mu.Lock()
	defer m.Mu.Unlock()
	for _, message := range m.Accepted {
		if message.To == address {
			accepted = append(accepted, message)
		}
	}
	return accepted
}
