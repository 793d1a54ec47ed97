package page

import (
	"context"
	"encoding/gob"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/metric"

	"countersign/api/middleware"
	"countersign/api/request"
	"countersign/collaboration"
	"countersign/internal/identity"
	"countersign/internal/limit"
)

// Login is the OpenID provider.
type Login interface {
	// Begin returns the provider's address and the login attempt to store until
	// the user returns. With the prompt "select_account" the provider asks the
	// user to choose an account.
	Begin(ctx context.Context, prompt string) (url string, a identity.Attempt, err error)
	// Finish returns the identity of the user who returned with query. It fails
	// with CodeLoginRefused or CodeEmailNotVerified if the login did not succeed. The
	// identity then has a subject if the provider named one.
	Finish(ctx context.Context, a identity.Attempt, query url.Values) (identity.Identity, error)
	// LogoutURL returns the provider's logout address; "" if it has none.
	LogoutURL(idToken, returnTo string) string
}

// People looks up the rights of a person: those of an employee, and the customers
// that the person administers.
type People interface {
	Person(ctx context.Context, email string) (collaboration.Person, error)
}

// Config is what the pages need.
type Config struct {
	Sessions   *identity.Sessions
	Login      Login
	People     People
	IsOperator func(email string) bool
	// WebUIs are the addresses of Temporal's Web UI, which operators see on the
	// start page.
	WebUIs    []string
	PublicURL string
	Timeout   time.Duration // of a lookup
	Writes    *middleware.WriteSlots
	// Limiter bounds anonymous sessions to AnonymousPerMinute for each client.
	Limiter            *limit.Limiter
	AnonymousPerMinute int
	Access             request.AccessTable
	Log                *slog.Logger
	Meter              metric.Meter
}

// Kit runs pages.
type Kit struct {
	config        Config
	crossOrigin   *http.CrossOriginProtection
	sessionErrors metric.Int64Counter
}

// Handler renders a page, or returns the error to render instead.
type Handler func(*Context) error

// New returns the kit.
func New(c Config) (*Kit, error) {
	// The names are part of stored sessions; they must not change when types move.
	gob.RegisterName("countersign.identity", identity.Identity{})
	gob.RegisterName("countersign.draft", draft{})
	k := &Kit{config: c, crossOrigin: http.NewCrossOriginProtection()}
	if err := k.crossOrigin.AddTrustedOrigin(origin(c.PublicURL)); err != nil {
		return nil, fmt.Errorf("public URL: %w", err)
	}
	var err error
	k.sessionErrors, err = c.Meter.Int64Counter("countersign.session.errors",
		metric.WithUnit("{error}"), metric.WithDescription("Requests with a session that could not be loaded or stored."))
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	k.sessionErrors.Add(context.Background(), 0) // so that the first error appears as an increase
	return k, nil
}

// Mount registers the start page, the login and the logout.
func (k *Kit) Mount(r gin.IRoutes) {
	k.Handle(r, http.MethodGet, "/", request.AccessPublic, k.home)
	k.Handle(r, http.MethodGet, "/login", request.AccessPublic, k.login)
	k.Handle(r, http.MethodGet, callbackPath, request.AccessPublic, k.loginCallback)
	k.Handle(r, http.MethodPost, "/logout", request.AccessAuthenticated, k.logout)
}

// Handle registers a page. GET and HEAD must not change anything. A POST goes to the
// address of the page with the form and redirects to a page that can be reloaded.
func (k *Kit) Handle(r gin.IRoutes, method, path string, level request.AccessLevel, h Handler) {
	k.config.Access.Set(method, path, level)
	r.Handle(method, path, func(c *gin.Context) { k.serve(c, level, 0, h) })
	if method == http.MethodGet {
		k.config.Access.Set(http.MethodHead, path, level)
		r.HEAD(path, func(c *gin.Context) { k.serve(c, level, 0, h) })
	}
}

func (k *Kit) serve(gc *gin.Context, level request.AccessLevel, maxUpload int64, h Handler) {
	c := k.newContext(gc)
	c.maxUpload = maxUpload
	err := c.loadSession()
	if err == nil {
		err = c.admit(level)
	}
	if err == nil {
		err = c.run(h)
	}
	if err != nil {
		c.renderError(err)
	}
	if err := c.commit(); err != nil && !gc.Writer.Written() {
		c.renderError(err)
	}
}

func (k *Kit) newContext(gc *gin.Context) *Context {
	c := &Context{kit: k, gin: gc, Locale: k.negotiateLocale(gc.Writer, gc.Request)}
	request.From(c.Context()).Locale = c.Locale
	readNotice(c)
	return c
}

// run calls the handler. A POST holds a write slot for that time.
func (c *Context) run(h Handler) error {
	if isPost(c.gin.Request) {
		if l := collaboration.Locale(c.gin.Request.PostFormValue(localeField)); l.Valid() {
			return changeLanguage(c, l)
		}
		c.isAnswering = true
		acquire := c.kit.config.Writes.Acquire
		if c.maxUpload > 0 {
			acquire = c.kit.config.Writes.AcquireUpload
		}
		release, err := acquire(c.Context())
		if err != nil {
			return err
		}
		defer release()
	}
	return h(c)
}

// origin returns a URL without its path.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host
}
