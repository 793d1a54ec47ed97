package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"countersign/api/codecserver"
	"countersign/api/mailhook"
	"countersign/api/middleware"
	"countersign/api/page"
	"countersign/api/request"
	"countersign/api/sse"
	"countersign/internal/app"
)

// Server is the HTTP server of the API and the pages. Serve it with Run.
type Server struct {
	Deps
	app     *app.App
	engine  *gin.Engine
	api     huma.API
	levels  request.AccessTable
	kit     *page.Kit
	bearer  *middleware.Bearer
	streams *sse.Streams
	writes  *middleware.WriteSlots

	stop     sync.Once
	draining chan struct{}
}

// New builds a server. It fails if a required dependency is missing.
func New(d Deps) (*Server, error) {
	if err := d.complete(); err != nil {
		return nil, err
	}
	configureFrameworks()
	s := &Server{Deps: d, app: newApp(d), engine: gin.New(), levels: request.AccessTable{}, draining: make(chan struct{})}
	if err := s.build(); err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	return s, nil
}

// build creates the parts that the routes share, then the routes.
func (s *Server) build() (err error) {
	if s.streams, err = sse.New(sse.Config{Poll: s.Poll, Heartbeat: s.Heartbeat, Max: s.MaxStreams, Draining: s.draining, Meter: s.Meter}); err != nil {
		return err
	}
	if s.writes, err = middleware.NewWriteSlots(s.Limits.Writes, s.Meter); err != nil {
		return err
	}
	s.bearer = &middleware.Bearer{Authenticator: s.Authenticator, Timeout: s.ReadTimeout, IsOperator: s.isOperator, Limiter: s.Limiter, PerMinute: s.Limits.BadTokens}
	s.kit, err = page.New(page.Config{
		Sessions: s.Sessions, Login: s.Login, People: s.Facts, IsOperator: s.isOperator, WebUIs: s.CodecOrigins, PublicURL: s.PublicURL,
		Timeout: s.ReadTimeout, Writes: s.writes, Limiter: s.Limiter, AnonymousPerMinute: s.Limits.Visitors,
		Access: s.levels, Log: s.Log, Meter: s.Meter,
	})
	if err != nil {
		return err
	}
	if err := s.useMiddleware(); err != nil {
		return err
	}
	s.api = humagin.New(s.engine, s.description())
	s.routes()
	return nil
}

// useMiddleware configures gin and installs what runs for every request, in order.
func (s *Server) useMiddleware() error {
	if err := s.engine.SetTrustedProxies(s.TrustedProxies); err != nil {
		return fmt.Errorf("trusted proxies: %w", err)
	}
	// A proxy forwards other headers of the client unchanged.
	s.engine.RemoteIPHeaders = []string{"X-Forwarded-For"}
	s.engine.HandleMethodNotAllowed = true
	s.engine.RedirectTrailingSlash = false
	metrics, err := middleware.Metrics(s.Meter)
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	s.engine.Use(
		middleware.RequestInfo,
		middleware.AccessLog(s.Log),
		metrics,
		middleware.Tracing(s.Tracer),
		middleware.Recovery(s.writeError),
		middleware.SecurityHeaders(s.Sessions.Cookie.Secure),
		middleware.RateLimit(s.Limiter, s.Limits.Requests, s.writeError),
	)
	return nil
}

// mountParts registers the routes of the packages below.
func (s *Server) mountParts() {
	s.kit.Mount(s.engine)
	codecserver.New(codecserver.Config{
		Codec: s.Codec, Bearer: s.bearer.Authenticate, Session: s.kit.PeekPerson, Origins: s.CodecOrigins, Access: s.levels, Log: s.Log,
	}).Mount(s.engine)
	mailhook.New(s.MailEvents, s.Facts, s.Starter, s.MessageTimeout).Mount(s.engine)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
		// Against request smuggling: a proxy may see another end of this body, so the
		// bytes that follow on the connection must not be read as a request.
		w.Header().Set("Connection", "close")
	}
	if s.isDraining() {
		// Close the connection with this response, so that no request is in flight on it.
		w.Header().Set("Connection", "close")
	}
	s.engine.ServeHTTP(w, r)
}

// Drain makes /readyz fail and ends connections and event streams, so that load
// balancers send requests elsewhere. Requests in progress are finished.
func (s *Server) Drain() { s.stop.Do(func() { close(s.draining) }) }

func (s *Server) isDraining() bool {
	select {
	case <-s.draining:
		return true
	default:
		return false
	}
}

// isOperator reports whether an e-mail address is configured as an operator's.
// Operators belong to no office and no customer.
func (s *Server) isOperator(email string) bool {
	return slices.ContainsFunc(s.Operators, func(o string) bool { return strings.ToLower(o) == email })
}

// reading bounds one call of the store or of Temporal.
func (s *Server) reading(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.ReadTimeout)
}

// read calls the store with a deadline.
func read[T any](ctx context.Context, limit time.Duration, call func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return call(ctx)
}

// Routes lists every route.
func (s *Server) Routes() gin.RoutesInfo { return s.engine.Routes() }
