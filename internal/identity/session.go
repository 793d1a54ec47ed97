package identity

import (
	"net/http"
	"time"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/v2"
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

// NewSessions keeps sessions in Redis, for all processes, or in this process
// where there is none. Secure is for an https site.
func NewSessions(client *redis.Client, secure bool) *scs.SessionManager {
	s := scs.New()
	s.IdleTimeout, s.Lifetime = sessionIdle, sessionLifetime
	// Who can read Redis cannot use what is there as a cookie.
	s.HashTokenInStore = true
	if client != nil {
		s.Store = goredisstore.NewWithPrefix(client, sessionPrefix)
	}
	s.Cookie = scs.SessionCookie{Name: "countersign", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if secure {
		// The browser holds a __Host- cookie to this very host, https and "/".
		s.Cookie.Name, s.Cookie.Secure = "__Host-countersign", true
	}
	return s
}
