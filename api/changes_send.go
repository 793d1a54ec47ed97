package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"countersign/collaboration"
)

// change is one kind of change of an activation.
type change struct {
	name    string              // the endpoint, and what its body says
	leads   collaboration.State // where it leads at once; "" where the activation goes on
	tooLate collaboration.Code  // of an activation that is over
	// mailsTo is whom the change has mail sent to, if anybody.
	mailsTo func(collaboration.Record) string
	send    func(ctx context.Context, messageID string, id collaboration.ActivationID) (collaboration.Standing, error)
}

// change sends one message about an activation of the employee's own office.
func (s *Server) change(ctx context.Context, in *ChangeInput, c change) (*standingOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	r, err := s.ownRecord(ctx, in.ID)
	if errors.Is(err, errUnrecorded) && !r.State.Live() {
		return nil, c.refusal(r, err)
	}
	if err != nil {
		return nil, err
	}
	first, err := s.admit(ctx, in, c, r)
	if err != nil {
		return nil, err
	}
	message := in.messageID(c, r)
	if c.mailsTo != nil {
		if err := s.mayMail(ctx, c.mailsTo(r), message); err != nil {
			return nil, err
		}
	}
	standing, err := s.deliver(ctx, message, c, r.ID)
	switch collaboration.CodeOf(err) {
	case "":
		standing = s.carriedOut(ctx, c, r.ID, standing)
	case collaboration.CodeActivationNotFound: // the run is closed; the facts know how
		if r, err = s.afterwards(ctx, c, r.ID, in.Key != "" && first == admitted, err); err != nil {
			return nil, err
		}
		standing = recorded(r)
	case collaboration.CodeAlreadyDecided:
		return nil, &fault{error: err, decision: standing.Decision}
	default:
		return nil, err
	}
	return &standingOutput{viewStanding(r.ID, standing)}, nil
}

func (s *Server) deliver(ctx context.Context, messageID string, c change, id collaboration.ActivationID) (collaboration.Standing, error) {
	ctx, cancel := s.messaging(ctx)
	defer cancel()
	return c.send(ctx, messageID, id)
}

// verdict is what the first request with a key met, and is kept with the key:
// what that request did must not be held against its repeats.
type verdict string

const (
	admitted verdict = "admitted"
	late     verdict = "late"    // the activation was over
	moved    verdict = "changed" // since the ETag in If-Match
)

// admit judges a request by the activation's record; a repeat with the same
// key and If-Match is let in where the first one was.
//
// A first request that was let in may have failed before its message was sent.
// Its repeat is sent all the same: it was asked for in time.
func (s *Server) admit(ctx context.Context, in *ChangeInput, c change, r collaboration.Record) (verdict, error) {
	v := admitted
	switch {
	case in.IfMatch != "" && !matches(in.IfMatch, etag(r.Version)):
		v = moved
	case !r.State.Live():
		v = late
	}
	if in.Key != "" {
		var err error
		if v, err = s.keep(ctx, in, c, r, v); err != nil {
			return "", err
		}
	}
	if v == moved {
		return v, &collaboration.Error{Code: collaboration.CodePreconditionFailed}
	}
	return v, nil
}

// keep binds the key to the change, and the verdict to the key and the
// If-Match: another If-Match is judged anew. It returns the first verdict.
func (s *Server) keep(ctx context.Context, in *ChangeInput, c change, r collaboration.Record, v verdict) (verdict, error) {
	reserve := func(key string, value collaboration.ActivationID) (collaboration.ActivationID, error) {
		return read(ctx, s.ReadTimeout, func(ctx context.Context) (collaboration.ActivationID, error) {
			return s.Facts.ReserveKey(ctx, r.OfficeID, key, digest(r.OfficeID, string(r.ID), c.name), value, s.Now().UTC())
		})
	}
	if _, err := reserve(in.Key, r.ID); err != nil {
		return "", err
	}
	// No caller's key has a line break, so it is nobody's own.
	first, err := reserve("verdict\n"+digest(in.Key, in.IfMatch), collaboration.ActivationID(v))
	return verdict(first), err
}

// messageID is the same for a repeat with the same key, so that the workflow
// takes it once.
func (in *ChangeInput) messageID(c change, r collaboration.Record) string {
	if in.Key == "" {
		return rand.Text()
	}
	return digest(r.OfficeID, string(r.ID), c.name, in.Key)[:32]
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// carriedOut waits a little until the facts show what the workflow does right
// after it has taken the message; else it is where that stood when it took it.
func (s *Server) carriedOut(ctx context.Context, c change, id collaboration.ActivationID, taken collaboration.Standing) collaboration.Standing {
	if c.leads == "" {
		return taken
	}
	ctx, cancel := context.WithTimeout(ctx, s.Closing)
	defer cancel()
	for {
		if r, err := s.record(ctx, id); err == nil && !r.State.Live() {
			return recorded(r)
		}
		select {
		case <-ctx.Done():
			return taken
		case <-time.After(s.Poll):
		}
	}
}

// afterwards is the record of an activation that was over when the message
// came, where that is what a repeat expects: the first one led there. Else the
// change is refused.
func (s *Server) afterwards(ctx context.Context, c change, id collaboration.ActivationID, repeat bool, cause error) (collaboration.Record, error) {
	r, err := s.record(ctx, id)
	if err == nil && (!repeat || r.State != c.leads) {
		err = c.refusal(r, cause)
	}
	return r, err
}

// refusal is why an activation that is over cannot be changed.
func (c change) refusal(r collaboration.Record, cause error) error {
	code := c.tooLate
	if code == collaboration.CodeNotPending && r.Decision != nil {
		code = collaboration.CodeAlreadyDecided
	}
	return &fault{error: &collaboration.Error{Code: code, Cause: cause}, decision: r.Decision}
}
