package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/rs/cors"
	"golang.org/x/sync/semaphore"
)

// Server answers every request of the API. Serve it with Run.
type Server struct {
	Deps
	engine  *gin.Engine
	handler http.Handler // the engine, with sessions for pages
	api     huma.API
	// audiences is who may use each "METHOD /path".
	audiences   map[string]audience
	crossOrigin *http.CrossOriginProtection
	webUIs      *cors.Cors

	metrics  metrics
	streams  atomic.Int64
	turns    *semaphore.Weighted // of requests that change something; nil for any number
	writes   atomic.Int64        // that have their turn
	stop     sync.Once
	draining chan struct{}
}

func init() {
	gin.SetMode(gin.ReleaseMode)
	// Field names are exact, and lists are never null.
	huma.ValidateStrictCasing = true
	huma.DefaultArrayNullable = false
}

// New refuses to work where something it needs is missing.
func New(d Deps) (*Server, error) {
	if err := d.complete(); err != nil {
		return nil, err
	}
	s := &Server{Deps: d, engine: gin.New(), audiences: map[string]audience{}, crossOrigin: http.NewCrossOriginProtection(), draining: make(chan struct{})}
	if err := s.crossOrigin.AddTrustedOrigin(origin(d.PublicURL)); err != nil {
		return nil, fmt.Errorf("api: public URL: %w", err)
	}
	if d.Limits.Writes > 0 {
		s.turns = semaphore.NewWeighted(int64(d.Limits.Writes))
	}
	s.webUIs = corsFor(d.CodecOrigins)
	var err error
	if s.metrics, err = newMetrics(d.Meter, s); err != nil {
		return nil, fmt.Errorf("api: metrics: %w", err)
	}
	s.Sessions.ErrorFunc = s.sessionsFail
	s.handler = s.withSession(s.engine)
	if err := s.engine.SetTrustedProxies(d.TrustedProxies); err != nil {
		return nil, fmt.Errorf("api: trusted proxies: %w", err)
	}
	// No other header: what a proxy does not set itself, it hands on.
	s.engine.RemoteIPHeaders = []string{"X-Forwarded-For"}
	s.engine.HandleMethodNotAllowed = true
	s.engine.RedirectTrailingSlash = false
	s.engine.Use(s.observe, s.recoverPanic, s.securityHeaders, s.limitAddress)
	s.api = humagin.New(s.engine, s.description())
	return s, s.routes()
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
		// Where it ends, whoever handed it on may see otherwise: what follows on the
		// connection must not be read as a request.
		w.Header().Set("Connection", "close")
	}
	if s.isDraining() {
		// Ended with an answer, so that no request is on its way when it ends.
		w.Header().Set("Connection", "close")
	}
	s.handler.ServeHTTP(w, r)
}

// Drain makes /readyz say no and ends connections and event streams, so that
// whoever sends requests here looks elsewhere. Running requests are finished.
func (s *Server) Drain() { s.stop.Do(func() { close(s.draining) }) }

func (s *Server) isDraining() bool {
	select {
	case <-s.draining:
		return true
	default:
		return false
	}
}

// reading bounds one question to the facts or the engine.
func (s *Server) reading(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.ReadTimeout)
}

// messaging bounds one message to the engine.
func (s *Server) messaging(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.MessageTimeout)
}

// read asks one question within the time that such a question may take.
func read[T any](ctx context.Context, limit time.Duration, ask func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return ask(ctx)
}

// Routes lists every address.
func (s *Server) Routes() gin.RoutesInfo { return s.engine.Routes() }

// origin is a URL without its path.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host
}
