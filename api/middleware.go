package api

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"countersign/api/web"
	"countersign/collaboration"
)

// request is what the log says about a request, beside its route.
type request struct {
	id      string
	address string // the client's; never logged
	locale  collaboration.Locale
	code    collaboration.Code
	cause   error
	// activation is what it is about, where its route does not say.
	activation collaboration.ActivationID
}

type requestKey struct{}

// requestOf is never nil, so that what runs outside a request works too.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{locale: collaboration.English}
}

func localeOf(ctx context.Context) collaboration.Locale { return requestOf(ctx).locale }

// observe names the request and writes its line in the log: the route's
// pattern and never the path, which may hold the link of an invitation.
func (s *Server) observe(c *gin.Context) {
	began := time.Now()
	r := &request{
		id:      requestID(c.GetHeader("X-Request-Id")),
		address: network(c.ClientIP()),
		locale:  web.Preferred(c.GetHeader("Accept-Language"), collaboration.English),
	}
	c.Header("X-Request-Id", r.id)
	route, level := c.FullPath(), slog.LevelInfo
	if route == "" {
		route = "none"
	}
	ctx, span := s.trace(c.Request, route)
	c.Request = c.Request.WithContext(context.WithValue(ctx, requestKey{}, r))
	c.Next()
	if id, err := collaboration.ParseActivationID(c.Param("id")); err == nil {
		r.activation = id
	}
	endTrace(span, r, c.Writer.Status())
	ctx, took := context.WithoutCancel(c.Request.Context()), time.Since(began)
	s.metrics.count(ctx, c.Request.Method, route, c.Writer.Status(), took)
	attrs := []slog.Attr{
		slog.String("method", knownMethod(c.Request.Method)), slog.String("route", route), slog.Int("status", c.Writer.Status()),
		slog.Duration("duration", took), slog.String("request_id", r.id),
	}
	if r.activation != "" {
		attrs = append(attrs, slog.String("activation", string(r.activation)))
	}
	if span.SpanContext().IsSampled() {
		attrs = append(attrs, slog.String("trace_id", span.SpanContext().TraceID().String()))
	}
	if r.code != "" {
		attrs = append(attrs, slog.String("code", string(r.code)))
	}
	if r.cause != nil && c.Writer.Status() >= http.StatusInternalServerError {
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", r.cause.Error()))
	}
	s.Log.LogAttrs(ctx, level, "request", attrs...)
}

// requestID keeps the caller's, where it is short and plain.
func requestID(given string) string {
	plain := strings.Trim(given, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
	if given != "" && len(given) <= 64 && plain {
		return given
	}
	return rand.Text()
}

// recoverPanic answers that something went wrong, where nothing was written yet. What the
// panic says is logged only where the runtime says it: anything else may hold
// a customer's data.
func (s *Server) recoverPanic(c *gin.Context) {
	defer func() {
		p := recover()
		switch {
		case p == nil:
			return
		case p == http.ErrAbortHandler:
			panic(p)
		}
		what := fmt.Sprintf("panic: %T", p)
		if e, ok := p.(runtime.Error); ok {
			what = "panic: " + e.Error()
		}
		c.Abort()
		err := collaboration.Errorf(collaboration.CodeInternal, "%s\n%s", what, debug.Stack())
		if c.Writer.Written() {
			requestOf(c.Request.Context()).cause = err
			c.Status(http.StatusInternalServerError)
			return
		}
		s.answer(c, err)
	}()
	c.Next()
}

// answer says that something is wrong to whoever asked, before or after what the
// route does: a browser gets a page.
func (s *Server) answer(c *gin.Context, err error) {
	if !wantsPage(c.Request) {
		writeProblem(c, err)
		return
	}
	v := &visit{c: c, s: s, locale: s.chosenLocale(c.Request)}
	v.trouble(err)
}

func (s *Server) securityHeaders(c *gin.Context) {
	s.setSecurity(c.Writer.Header())
	c.Next()
}

func (s *Server) setSecurity(h http.Header) {
	if s.Sessions.Cookie.Secure { // no other site of its domain is spoken for
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept-Language")
}
