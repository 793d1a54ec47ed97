package identity

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/redis/go-redis/v9"
)

const (
	// sessionPrefix begins the keys of sessions in Redis.
	sessionPrefix = "countersign:session:"
	// A session lasts for one working day, and for a break of up to two hours.
	sessionIdle     = 2 * time.Hour
	sessionLifetime = 12 * time.Hour
)

// Sessions stores the sessions of the pages. A concurrent request cannot restore a session
// that has ended.
type Sessions struct{ *scs.SessionManager }

// NewSessions stores sessions in Redis, or in this process if client is nil. The cookies
// are Secure for a public URL with https.
func NewSessions(client *redis.Client, publicURL string) *Sessions {
	s := scs.New()
	s.IdleTimeout, s.Lifetime = sessionIdle, sessionLifetime
	// A reader of Redis cannot use the stored hash as a cookie.
	s.HashTokenInStore = true
	s.Store = sessionStore{&memoryStore{MemStore: memstore.New()}}
	if client != nil {
		s.Store = sessionStore{redisStore{goredisstore.NewWithPrefix(client, sessionPrefix), client}}
	}
	s.Cookie = scs.SessionCookie{Name: "countersign", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if strings.HasPrefix(publicURL, "https://") {
		// Browsers restrict a __Host- cookie to this host, https and the path "/".
		s.Cookie.Name, s.Cookie.Secure = "__Host-countersign", true
	}
	return &Sessions{s}
}

// LoadAndSave loads the session of a request and saves it after the handler.
func (s *Sessions) LoadAndSave(next http.Handler) http.Handler {
	loaded := s.SessionManager.LoadAndSave(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		loaded.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), loadedTokenKey{}, new(string))))
	})
}

// Load adds the session of a cookie to a context.
func (s *Sessions) Load(ctx context.Context, token string) (context.Context, error) {
	return s.SessionManager.Load(context.WithValue(ctx, loadedTokenKey{}, new(string)), token)
}
