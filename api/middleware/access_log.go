package middleware

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/trace"

	"countersign/api/request"
)

// AccessLog writes one line per request, with the route and never the path. It has the id of
// the principal, or a digest that key computes of the refused credential. Passed health
// probes have the debug level, because they arrive every few seconds.
func AccessLog(log *slog.Logger, key []byte) gin.HandlerFunc {
	return func(c *gin.Context) {
		start := time.Now()
		c.Next()
		ctx, status := c.Request.Context(), c.Writer.Status()
		info, level := request.From(ctx), slog.LevelInfo
		attrs := []slog.Attr{
			slog.String("method", knownMethod(c.Request.Method)), slog.String("route", route(c)), slog.Int("status", status),
			slog.Duration("duration", time.Since(start)), slog.String("request_id", info.ID),
		}
		if info.Actor != "" {
			attrs = append(attrs, slog.String("actor", info.Actor))
		} else if info.Credential != "" {
			attrs = append(attrs, slog.String("credential", request.Digest(key, info.Credential)))
		}
		if info.Activation != "" {
			attrs = append(attrs, slog.String("activation", string(info.Activation)))
		}
		if span := trace.SpanContextFromContext(ctx); span.IsSampled() {
			attrs = append(attrs, slog.String("trace_id", span.TraceID().String()))
		}
		if info.Code != "" {
			attrs = append(attrs, slog.String("code", string(info.Code)))
		}
		switch {
		case info.Cause != nil && status >= http.StatusInternalServerError:
			level = slog.LevelError
			attrs = append(attrs, slog.String("error", info.Cause.Error()))
		case info.Cause != nil && status == http.StatusUnauthorized: // the reason of a refused login or token
			attrs = append(attrs, slog.String("reason", info.Cause.Error()))
		case status == http.StatusOK && isProbe(c):
			level = slog.LevelDebug
		}
		log.LogAttrs(ctx, level, "request", attrs...)
	}
}
