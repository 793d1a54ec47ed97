package middleware

import (
	"cmp"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"countersign/api/request"
	"countersign/collaboration"
	"countersign/internal/telemetry"
)

// Tracing wraps every request except health checks in a span that is named by its
// route. It continues the trace of the caller.
func Tracing(tracer trace.Tracer) gin.HandlerFunc {
	return func(c *gin.Context) {
		if isProbe(c) {
			return
		}
		method, r := knownMethod(c.Request.Method), c.Request
		ctx, span := tracer.Start(telemetry.ExtractTrace(r.Context(), r.Header), method+" "+route(c), trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String("http.request.method", method), attribute.String("http.route", route(c))))
		defer span.End()
		c.Request = r.WithContext(ctx)
		c.Next()
		setResult(span, request.From(ctx), c.Writer.Status())
	}
}

func setResult(span trace.Span, info *request.Info, status int) {
	span.SetAttributes(attribute.Int("http.response.status_code", status))
	if info.Activation != "" {
		span.SetAttributes(telemetry.Activation(info.Activation))
	}
	if status >= http.StatusInternalServerError {
		telemetry.Failed(span, cmp.Or(info.Code, collaboration.Code(strconv.Itoa(status))))
	} else if info.Code != "" {
		span.SetAttributes(attribute.String("error.type", string(info.Code)))
	}
}
