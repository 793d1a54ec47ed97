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

// sessionStore writes a request's loaded session only if it still exists. Every request
// saves its session to extend it. Without this check a concurrent request would restore a
// session that was logged out.
type sessionStore struct{ replacingStore }

type replacingStore interface {
	scs.CtxStore
	// replace is CommitCtx for an existing session. It ignores a missing one.
	replace(ctx context.Context, token string, b []byte, expiry time.Time) error
}

// loadedTokenKey is the context key of the token of the loaded session.
type loadedTokenKey struct{}

func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	b, found, err := s.replacingStore.FindCtx(ctx, token)
	if loaded, ok := ctx.Value(loadedTokenKey{}).(*string); ok && found {
		*loaded = token
	}
	return b, found, err
}

func (s sessionStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	if !expiry.After(time.Now()) { // it expired during the request; Redis would store it without an expiry
		return s.DeleteCtx(ctx, token)
	}
	if loaded, ok := ctx.Value(loadedTokenKey{}).(*string); ok && *loaded == token {
		return s.replace(ctx, token, b, expiry)
	}
	return s.replacingStore.CommitCtx(ctx, token, b, expiry)
}

type redisStore struct {
	*goredisstore.RedisStore
	client *redis.Client
}

func (s redisStore) replace(ctx context.Context, token string, b []byte, expiry time.Time) error {
	err := s.client.SetArgs(ctx, sessionPrefix+token, b, redis.SetArgs{Mode: "XX", TTL: time.Until(expiry)}).Err()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return err
}

// memoryStore holds a lock so that a session cannot end between the check and the write.
type memoryStore struct {
	mu sync.Mutex
	*memstore.MemStore
}

func (s *memoryStore) FindCtx(_ context.Context, token string) ([]byte, bool, error) {
	return s.Find(token)
}

func (s *memoryStore) CommitCtx(_ context.Context, token string, b []byte, expiry time.Time) error {
	return s.Commit(token, b, expiry)
}

func (s *memoryStore) DeleteCtx(_ context.Context, token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Delete(token)
}

func (s *memoryStore) replace(_ context.Context, token string, b []byte, expiry time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, found, err := s.Find(token); err != nil || !found {
		return err
	}
	return s.Commit(token, b, expiry)
}
