package middleware

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// SecurityHeaders sets the strictest headers on every response. Pages replace the
// Content-Security-Policy. https is whether the public URL has https.
func SecurityHeaders(https bool) gin.HandlerFunc {
	return func(c *gin.Context) { SetSecurityHeaders(c.Writer.Header(), https) }
}

// SetSecurityHeaders sets the headers of SecurityHeaders.
func SetSecurityHeaders(h http.Header, https bool) {
	if https { // without includeSubDomains: sibling hosts are not ours
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
