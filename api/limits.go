package api

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"countersign/collaboration"
	"countersign/internal/limit"
)

// Limits bound what one client or one office can cause, and what reaches one
// reader of mails. Zero bounds nothing. Batches have a pace of their own.
type Limits struct {
	Requests    int // a second, from one address, by each process
	Visitors    int // a minute, from one address: sessions begun in which nobody is logged in
	BadTokens   int // a minute, from one address
	Mails       int // an hour, to one address: mails that are asked for one at a time
	Activations int // a minute, of one office: those asked for one at a time
	Writes      int // at a time, by each process: requests that change something
}

// maxVisitors bounds the sessions of nobody that are begun, from all addresses.
var maxVisitors = limit.Rate{Events: 1200, Per: time.Minute}

// Limiter counts events of a kind, by whom they come from or are meant for. Where
// it is one too many it says how long to wait.
type Limiter interface {
	Take(ctx context.Context, kind, whose string, r limit.Rate) (wait time.Duration)
	TakeOnce(ctx context.Context, kind, whose, name string, r limit.Rate) (wait time.Duration)
	TakeHere(kind, whose string, r limit.Rate) (wait time.Duration)
}

func tooMany(wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	return &collaboration.Error{Code: collaboration.CodeRateLimited, RetryAfter: wait}
}

// limitAddress lets no address ask for too much at a time. Whether this process
// is well must be seen through any crowd.
func (s *Server) limitAddress(c *gin.Context) {
	if path := c.FullPath(); path == "/healthz" || path == "/readyz" {
		return
	}
	err := tooMany(s.Limiter.TakeHere("request", requestOf(c.Request.Context()).address, limit.Rate{Events: s.Limits.Requests, Per: time.Second}))
	if err == nil {
		return
	}
	c.Abort()
	s.answer(c, err)
}

// mayBegin bounds the sessions of nobody: anybody can make one.
func (s *Server) mayBegin(ctx context.Context) error {
	if s.Limits.Visitors == 0 {
		return nil
	}
	if err := tooMany(s.Limiter.Take(ctx, "visitor", requestOf(ctx).address, limit.Rate{Events: s.Limits.Visitors, Per: time.Minute})); err != nil {
		return err
	}
	return tooMany(s.Limiter.TakeHere("visitor", "", maxVisitors))
}

// badToken is what a token that is nobody's is answered. Good ones from the same
// address are not held up.
func (s *Server) badToken(ctx context.Context, unauthenticated error) error {
	if err := tooMany(s.Limiter.Take(ctx, "bad token", requestOf(ctx).address, limit.Rate{Events: s.Limits.BadTokens, Per: time.Minute})); err != nil {
		return err
	}
	return unauthenticated
}

// mayMail bounds the mails that people can have sent to one address. What asks for
// one by the same name asks for the same.
func (s *Server) mayMail(ctx context.Context, to, name string) error {
	return tooMany(s.Limiter.TakeOnce(ctx, "mail", strings.ToLower(to), name, limit.Rate{Events: s.Limits.Mails, Per: time.Hour}))
}

func (s *Server) mayActivate(ctx context.Context, officeID string) error {
	return tooMany(s.Limiter.Take(ctx, "activation", officeID, limit.Rate{Events: s.Limits.Activations, Per: time.Minute}))
}

// turnWithin is how long a request may wait for its turn, and when one that has
// not got it may come again.
const turnWithin = time.Second

// turn is one of the requests that change something at a time. More of them would
// take the database and the engine from each other, until none is answered in
// time. Who waits too long is told to come again, before anything is done.
func (s *Server) turn(ctx context.Context) (leave func(), err error) {
	if s.turns == nil {
		return func() {}, nil
	}
	waiting, cancel := context.WithTimeout(ctx, turnWithin)
	defer cancel()
	if s.turns.Acquire(waiting, 1) != nil {
		return nil, tooMany(turnWithin)
	}
	s.writes.Add(1)
	return func() {
		s.writes.Add(-1)
		s.turns.Release(1)
	}, nil
}

// inTurn is for requests that were read: who sends slowly takes nobody's turn.
func inTurn[I, O any](s *Server, h handler[I, O]) handler[I, O] {
	return func(ctx context.Context, in *I) (*O, error) {
		leave, err := s.turn(ctx)
		if err != nil {
			return nil, err
		}
		defer leave()
		return h(ctx, in)
	}
}

// network is whom a client's address stands for: with IPv6 one client has a whole
// /64 of them.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Unmap().Is4() {
		return address
	}
	p, _ := a.WithZone("").Prefix(64) // every IPv6 address has one
	return p.String()
}
