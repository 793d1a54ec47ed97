package api

import (
	"fmt"

	"github.com/gin-gonic/gin"

	"countersign/api/administration"
	"countersign/api/codecserver"
	pages "countersign/api/directory"
	"countersign/api/mailhook"
	"countersign/api/middleware"
	"countersign/api/office"
	"countersign/api/page"
	"countersign/api/portal"
	"countersign/api/rest"
	"countersign/api/sse"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app/apikeys"
	"countersign/internal/app/directory"
	"countersign/internal/app/evidence"
)

// build creates what the parts of the API share, installs the middleware and mounts
// every part.
func (s *Server) build(c Config) error {
	streams, err := sse.New(sse.Config{Poll: c.Poll, Heartbeat: c.Heartbeat, Max: c.Limits.Streams, MaxOffice: c.Limits.OfficeStreams, MaxPerson: c.Limits.PersonStreams, Draining: s.draining, Meter: c.Meter})
	if err != nil {
		return err
	}
	writes, err := middleware.NewWriteSlots(middleware.WriteLimits{All: c.Limits.Writes, Office: c.Limits.OfficeWrites, Uploads: c.Limits.Uploads}, c.Meter)
	if err != nil {
		return err
	}
	bearer := &middleware.Bearer{Authenticator: c.Authenticator, Timeout: c.ReadTimeout, IsOperator: c.isOperator, Limiter: c.Limiter, PerMinute: c.Limits.BadTokens}
	s.kit, err = page.New(page.Config{
		Sessions: c.Sessions, Login: c.Login, People: c.Store, IsOperator: c.isOperator, WebUIs: c.CodecOrigins, PublicURL: c.PublicURL,
		Timeout: c.ReadTimeout, Writes: writes, Limiter: c.Limiter, AnonymousPerMinute: c.Limits.Visitors,
		Access: s.access, Log: c.Log, Meter: c.Meter,
	})
	if err != nil {
		return err
	}
	if err := s.useMiddleware(c); err != nil {
		return err
	}
	useCases := newApp(c)
	offices := directory.New(directory.Config{Store: c.Directory, Mails: c.Workflows, Limiter: newLimiter(c), Access: c.AccessSync, Customers: c.Store, Cache: c.Customers, Timeout: c.MessageTimeout, ImportTimeout: importTimeout})
	approvals := evidence.New(c.Store, c.ReadTimeout)
	keys := apikeys.New(apikeys.Config{Store: c.APIKeys, Now: c.Now, Timeout: c.ReadTimeout})
	logos := directory.NewLogos(c.Logos, c.ReadTimeout)
	s.rest = rest.Mount(s.engine, rest.Config{
		App: useCases, Evidence: approvals, Directory: offices, Logos: logos, APIKeys: keys, Store: c.Store, Catalogue: c.Catalogue, Bearer: bearer, Writes: writes, Streams: streams, Access: s.access,
		Now: c.Now, ReadTimeout: c.ReadTimeout, BodyTimeout: readTimeout,
	})
	s.kit.Mount(s.engine)
	office.Mount(s.kit, s.engine, office.Config{
		App: useCases, Evidence: approvals, Store: c.Store, Catalogue: c.Catalogue, Streams: streams, Now: c.Now, ReadTimeout: c.ReadTimeout, StreamIdle: c.StreamIdle,
	})
	pages.Mount(s.kit, s.engine, offices, c.Catalogue)
	administration.Mount(s.kit, s.engine, administration.Config{Directory: offices, Logos: logos, APIKeys: keys, Webhooks: useCases.Webhooks, Store: c.Store, ReadTimeout: c.ReadTimeout})
	portal.Mount(s.kit, s.engine, portal.Config{App: useCases, Evidence: approvals, LoginHost: c.LoginHost, SignupURL: c.SignupURL, Now: c.Now})
	codecserver.New(codecserver.Config{
		Codec: c.Codec, Bearer: bearer.Authenticate, Session: s.kit.PeekPerson, Origins: c.CodecOrigins, Access: s.access, Log: c.Log, LogKey: c.LogKey,
	}).Mount(s.engine)
	events, err := mailhook.New(c.MailEvents, c.Store, c.Workflows, c.MessageTimeout, c.Meter)
	if err != nil {
		return err
	}
	events.Mount(s.engine)
	s.mountLogos(logos)
	s.mountOwn(c)
	return nil
}

// useMiddleware configures gin and installs what runs for every request, in order.
func (s *Server) useMiddleware(c Config) error {
	if err := s.engine.SetTrustedProxies(c.TrustedProxies); err != nil {
		return fmt.Errorf("trusted proxies: %w", err)
	}
	// A proxy forwards other headers of the client unchanged.
	s.engine.RemoteIPHeaders = []string{"X-Forwarded-For"}
	s.engine.HandleMethodNotAllowed = true
	s.engine.RedirectTrailingSlash = false
	metrics, err := middleware.Metrics(c.Meter)
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	s.engine.Use(
		middleware.RequestInfo,
		middleware.AccessLog(c.Log, c.LogKey),
		metrics,
		middleware.Tracing(c.Tracer),
		middleware.Recovery(s.writeError),
		middleware.SecurityHeaders(c.Sessions.Cookie.Secure),
		middleware.RateLimit(c.Limiter, c.Limits.Requests, s.writeError),
		middleware.BodyBudget(s.writeError),
		middleware.NormalizeQuery,
	)
	return nil
}

// mountOwn registers assets, health checks, the public keys, and the answers to requests without a route.
func (s *Server) mountOwn(c Config) {
	assets := gin.WrapH(view.Assets())
	s.engine.GET("/assets/*file", assets)
	s.engine.HEAD("/assets/*file", assets)
	s.engine.GET("/healthz", s.healthy)
	s.engine.GET("/readyz", s.ready)
	s.engine.GET(auditKeysPath, serveAuditKeys(c.AuditKeys))
	s.engine.NoRoute(s.notFound(collaboration.CodeNotFound))
	s.engine.NoMethod(s.notFound(collaboration.CodeMethodNotAllowed))
}
