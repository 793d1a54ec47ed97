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
	// sessionPrefix stands before the names of sessions in Redis.
	sessionPrefix = "countersign:session:"
	// A working day at the office takes one login, and nobody's screen is open
	// the next morning. Two quiet hours outlast a lunch or a meeting.
	sessionIdle     = 2 * time.Hour
	sessionLifetime = 12 * time.Hour
)

// Sessions are what pages know of their visitors. One that has ended stays so,
// whatever requests of it are still under way.
type Sessions struct{ *scs.SessionManager }

// NewSessions keeps sessions in Redis, for all processes, or in this process
// where there is none. For a public URL with https their cookies are Secure.
func NewSessions(client *redis.Client, publicURL string) *Sessions {
	s := scs.New()
	s.IdleTimeout, s.Lifetime = sessionIdle, sessionLifetime
	// Who can read Redis cannot use what is there as a cookie.
	s.HashTokenInStore = true
	s.Store = sessionStore{&inMemory{MemStore: memstore.New()}}
	if client != nil {
		s.Store = sessionStore{inRedis{goredisstore.NewWithPrefix(client, sessionPrefix), client}}
	}
	s.Cookie = scs.SessionCookie{Name: "countersign", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if strings.HasPrefix(publicURL, "https://") {
		// The browser holds a __Host- cookie to this very host, https and "/".
		s.Cookie.Name, s.Cookie.Secure = "__Host-countersign", true
	}
	return &Sessions{s}
}

// LoadAndSave gives a handler its visitor's session.
func (s *Sessions) LoadAndSave(next http.Handler) http.Handler {
	loaded := s.SessionManager.LoadAndSave(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		loaded.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), foundKey{}, new(string))))
	})
}
