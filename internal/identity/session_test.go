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

// visit is one request with a cookie: it says who is logged in, and logs
// somebody in where there is none.
func visit(sessions *identity.Sessions, cookie *http.Cookie) (who string, deadline time.Time, set *http.Cookie) {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	if cookie != nil {
		r.AddCookie(cookie)
	}
	sessions.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if who = sessions.GetString(r.Context(), "who"); who == "" {
			sessions.Put(r.Context(), "who", "maja")
		}
		deadline = sessions.Deadline(r.Context())
	})).ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		set = c
	}
	return who, deadline, set
}

func TestSessionCookies(t *testing.T) {
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

func TestSessionsEnd(t *testing.T) {
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer client.Close()
	sessions := identity.NewSessions(client, "https://countersign.example")
	_, deadline, cookie := visit(sessions, nil)
	if in := time.Until(deadline); in < 12*time.Hour-time.Minute || in > 12*time.Hour {
		t.Errorf("the session lasts %s", in)
	}
	keys := server.Keys()
	if len(keys) != 1 || !strings.HasPrefix(keys[0], "countersign:session:") || strings.Contains(keys[0], cookie.Value) {
		t.Errorf("kept as %q", keys)
	}
	// In another process, and awake as long as it is used.
	sessions = identity.NewSessions(client, "https://countersign.example")
	for range 3 {
		server.FastForward(2*time.Hour - time.Minute)
		if who, _, _ := visit(sessions, cookie); who != "maja" {
			t.Fatalf("%q is logged in", who)
		}
	}
	server.FastForward(2*time.Hour + time.Minute)
	if who, _, _ := visit(sessions, cookie); who != "" {
		t.Errorf("after two quiet hours %q is logged in", who)
	}
}

func TestSessionsWithoutRedis(t *testing.T) {
	sessions := identity.NewSessions(nil, "http://localhost")
	_, _, cookie := visit(sessions, nil)
	if who, _, _ := visit(sessions, cookie); who != "maja" {
		t.Errorf("%q is logged in", who)
	}
	if who, _, _ := visit(identity.NewSessions(nil, "http://localhost"), cookie); who != "" {
		t.Errorf("another process knows %q", who)
	}
}

// A request that was under way when its session was logged out does not bring
// it back.
func TestALogoutStands(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	defer client.Close()
	for name, sessions := range map[string]*identity.Sessions{
		"in Redis": identity.NewSessions(client, ""), "in memory": identity.NewSessions(nil, ""),
	} {
		t.Run(name, func(t *testing.T) {
			_, _, cookie := visit(sessions, nil)
			inside := func(do func(*http.Request)) {
				r := httptest.NewRequest(http.MethodGet, "/", nil)
				r.AddCookie(cookie)
				sessions.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { do(r) })).ServeHTTP(httptest.NewRecorder(), r)
			}
			inside(func(slow *http.Request) {
				inside(func(r *http.Request) {
					if err := sessions.Destroy(r.Context()); err != nil {
						t.Fatal(err)
					}
				})
				sessions.Put(slow.Context(), "draft", "typed") // and even one that has something to keep
			})
			if who, _, _ := visit(sessions, cookie); who != "" {
				t.Errorf("%q is logged in again", who)
			}
		})
	}
}

// A session whose time is up while a request of it is under way has ended with it:
// the request is answered, and nothing is kept.
func TestATimeThatIsUpInARequest(t *testing.T) {
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
			if who, _, _ := visit(sessions, cookie); who != "" {
				t.Errorf("%q is logged in", who)
			}
			for _, key := range server.Keys() {
				if server.TTL(key) <= 0 {
					t.Errorf("Redis keeps %q forever", key)
				}
			}
		})
	}
}
