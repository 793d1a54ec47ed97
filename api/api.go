package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"countersign/api/page"
	"countersign/api/request"
	"countersign/api/rest"
)

// Server is the HTTP server of the API and the pages. Serve it with Run.
type Server struct {
	engine *gin.Engine
	kit    *page.Kit
	rest   *rest.API
	access request.AccessTable
	log    *slog.Logger

	stop     sync.Once
	draining chan struct{}
}

// New builds a server. It fails if a required dependency is missing.
func New(c Config) (*Server, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	setReleaseMode()
	s := &Server{engine: gin.New(), access: request.AccessTable{}, log: c.Log, draining: make(chan struct{})}
	if err := s.build(c); err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	return s, nil
}

// setReleaseMode turns off gin's debug output in this process.
var setReleaseMode = sync.OnceFunc(func() { gin.SetMode(gin.ReleaseMode) })

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
	if r.Method == http.MethodHead && hasNoHead(r.URL.Path) {
		get := r.Clone(r.Context())
		get.Method = http.MethodGet
		w, r = headOnly{w}, get
	}
	s.engine.ServeHTTP(w, r)
}

// hasNoHead reports whether the routes below a path have GET only. A HEAD request is then
// answered like a GET request without the body; an event stream has no HEAD.
func hasNoHead(path string) bool {
	return (strings.HasPrefix(path, "/v1/") || strings.HasPrefix(path, "/openapi.") || path == "/healthz" || path == "/readyz") && !strings.HasSuffix(path, "/events")
}

// headOnly discards the body.
type headOnly struct{ http.ResponseWriter }

func (headOnly) Write(b []byte) (int, error) { return len(b), nil }

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

// OpenAPI returns the description of the JSON API in the format of the committed
// openapi.json.
func (s *Server) OpenAPI() ([]byte, error) { return s.rest.OpenAPI() }

// Routes lists every route.
func (s *Server) Routes() gin.RoutesInfo { return s.engine.Routes() }
