package identity_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"countersign/internal/identity"
)

// visit sends a request with a cookie. It returns the logged-in user, and logs in if there
// is none.
func visit(sessions *identity.Sessions, cookie *http.Cookie) (user string, deadline time.Time, set *http.Cookie) {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	if cookie != nil {
		r.AddCookie(cookie)
	}
	sessions.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if user = sessions.GetString(r.Context(), "user"); user == "" {
			sessions.Put(r.Context(), "user", "maja")
		}
		deadline = sessions.Deadline(r.Context())
	})).ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		set = c
	}
	return user, deadline, set
}

func TestSessions_Cookie(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		secure bool
		want   string
	}{{"https", true, "__Host-countersign"}, {"http", false, "countersign"}} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, c := visit(identity.NewSessions(nil, tt.name+"://countersign.example"), nil)
			if c == nil || c.Name != tt.want || c.Secure != tt.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 || !c.Expires.IsZero() {
				t.Errorf("got %+v", c)
			}
		})
	}
}

func TestSessions_Expire(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer client.Close()
	sessions := identity.NewSessions(client, "https://countersign.example")
	before := time.Now()
	_, deadline, cookie := visit(sessions, nil)
	if after := time.Now(); deadline.Before(before.Add(12*time.Hour).Truncate(time.Second)) || deadline.After(after.Add(12*time.Hour)) {
		t.Errorf("the session created between %s and %s lasts until %s", before, after, deadline)
	}
	keys := server.Keys()
	if len(keys) != 1 || !strings.HasPrefix(keys[0], "countersign:session:") || strings.Contains(keys[0], cookie.Value) {
		t.Errorf("stored as %q", keys)
	}
	// Another process has the same sessions, and each use extends them.
	sessions = identity.NewSessions(client, "https://countersign.example")
	for range 3 {
		server.FastForward(2*time.Hour - time.Minute)
		if user, _, _ := visit(sessions, cookie); user != "maja" {
			t.Fatalf("%q is logged in", user)
		}
	}
	server.FastForward(2*time.Hour + time.Minute)
	if user, _, _ := visit(sessions, cookie); user != "" {
		t.Errorf("after two idle hours %q is logged in", user)
	}
}

func TestSessions_WithoutRedis(t *testing.T) {
	t.Parallel()
	sessions := identity.NewSessions(nil, "http://localhost")
	_, _, cookie := visit(sessions, nil)
	if user, _, _ := visit(sessions, cookie); user != "maja" {
		t.Errorf("%q is logged in", user)
	}
	if user, _, _ := visit(identity.NewSessions(nil, "http://localhost"), cookie); user != "" {
		t.Errorf("another process has the session of %q", user)
	}
}

// A request that began before the logout does not restore the session.
func TestSessions_LogoutIsFinal(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	defer client.Close()
	for name, sessions := range map[string]*identity.Sessions{
		"in Redis": identity.NewSessions(client, ""), "in memory": identity.NewSessions(nil, ""),
	} {
		t.Run(name, func(t *testing.T) {
			_, _, cookie := visit(sessions, nil)
			request := func(do func(*http.Request)) {
				r := httptest.NewRequest(http.MethodGet, "/", nil)
				r.AddCookie(cookie)
				sessions.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { do(r) })).ServeHTTP(httptest.NewRecorder(), r)
			}
			request(func(slow *http.Request) {
				request(func(r *http.Request) {
					if err := sessions.Destroy(r.Context()); err != nil {
						t.Fatal(err)
					}
				})
				sessions.Put(slow.Context(), "draft", "typed") // even a modified session
			})
			if user, _, _ := visit(sessions, cookie); user != "" {
				t.Errorf("%q is logged in again", user)
			}
		})
	}
}

// A session that expires during a request is not stored, and the request succeeds.
func TestSessions_ExpireDuringRequest(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer client.Close()
	for name, sessions := range map[string]*identity.Sessions{
		"in Redis": identity.NewSessions(client, ""), "in memory": identity.NewSessions(nil, ""),
	} {
		t.Run(name, func(t *testing.T) {
			sessions.ErrorFunc = func(_ http.ResponseWriter, _ *http.Request, err error) { t.Error(err) }
			_, _, cookie := visit(sessions, nil)
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.AddCookie(cookie)
			sessions.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				sessions.SetDeadline(r.Context(), time.Now().Add(-time.Minute))
			})).ServeHTTP(httptest.NewRecorder(), r)
			if user, _, _ := visit(sessions, cookie); user != "" {
				t.Errorf("%q is logged in", user)
			}
			for _, key := range server.Keys() {
				if server.TTL(key) <= 0 {
					t.Errorf("Redis stores %q without an expiry", key)
				}
			}
		})
	}
}
