package identity

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/redis/go-redis/v9"
)

// sessionStore writes the session that a request began with only where it is
// still there. Every request writes its session anew, for it to last; without
// this one that is under way would bring back a session that was logged out.
type sessionStore struct{ sessionKeeper }

type sessionKeeper interface {
	scs.CtxStore
	// replace is CommitCtx for a session that is there, and nothing for another.
	replace(ctx context.Context, token string, b []byte, expiry time.Time) error
}

// foundKey is where a request's context remembers which session it began with.
type foundKey struct{}

func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	b, found, err := s.sessionKeeper.FindCtx(ctx, token)
	if mark, ok := ctx.Value(foundKey{}).(*string); ok && found {
		*mark = token
	}
	return b, found, err
}

func (s sessionStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	if !expiry.After(time.Now()) { // its time was up meanwhile; what is to expire in the past, Redis keeps forever
		return s.DeleteCtx(ctx, token)
	}
	if mark, ok := ctx.Value(foundKey{}).(*string); ok && *mark == token {
		return s.replace(ctx, token, b, expiry)
	}
	return s.sessionKeeper.CommitCtx(ctx, token, b, expiry)
}

type inRedis struct {
	*goredisstore.RedisStore
	client *redis.Client
}

func (s inRedis) replace(ctx context.Context, token string, b []byte, expiry time.Time) error {
	err := s.client.SetArgs(ctx, sessionPrefix+token, b, redis.SetArgs{Mode: "XX", TTL: time.Until(expiry)}).Err()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return err
}

// inMemory is locked so that nothing ends between a look and a write.
type inMemory struct {
	mu sync.Mutex
	*memstore.MemStore
}

func (s *inMemory) FindCtx(_ context.Context, token string) ([]byte, bool, error) {
	return s.Find(token)
}

func (s *inMemory) CommitCtx(_ context.Context, token string, b []byte, expiry time.Time) error {
	return s.Commit(token, b, expiry)
}

func (s *inMemory) DeleteCtx(_ context.Context, token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Delete(token)
}

func (s *inMemory) replace(_ context.Context, token string, b []byte, expiry time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, found, err := s.Find(token); err != nil || !found {
		return err
	}
	return s.Commit(token, b, expiry)
}
