package middleware

import (
	"crypto/rand"
	"net/netip"
	"strings"

	"github.com/gin-gonic/gin"

	"countersign/api/i18n"
	"countersign/api/request"
	"countersign/collaboration"
)

// RequestInfo adds a request.Info to the context and echoes the request's id.
func RequestInfo(c *gin.Context) {
	for i, forwarded := range c.Request.Header["X-Forwarded-For"] {
		c.Request.Header["X-Forwarded-For"][i] = withoutPorts(forwarded)
	}
	info := &request.Info{
		ID:        requestID(c.GetHeader("X-Request-Id")),
		ClientKey: clientKey(c.ClientIP()),
		Locale:    i18n.MatchLanguage(c.GetHeader("Accept-Language"), collaboration.English),
	}
	if id, err := collaboration.ParseActivationID(c.Param("id")); err == nil {
		info.Activation = id
	}
	c.Header("X-Request-Id", info.ID)
	c.Request = c.Request.WithContext(request.WithInfo(c.Request.Context(), info))
	c.Next()
}

// withoutPorts removes the ports that some proxies add to the addresses, and the brackets
// of IPv6 addresses. gin would not accept such an address, and all visitors would be one
// client.
func withoutPorts(forwarded string) string {
	all := strings.Split(forwarded, ",")
	for i, each := range all {
		each = strings.TrimSpace(each)
		if a, err := netip.ParseAddrPort(each); err == nil {
			each = a.Addr().String()
		}
		all[i] = strings.Trim(each, "[]")
	}
	return strings.Join(all, ", ")
}

// requestID returns the caller's request id if it is short and plain, and
// otherwise a random one.
func requestID(given string) string {
	plain := strings.Trim(given, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
	if given != "" && len(given) <= 64 && plain {
		return given
	}
	return rand.Text()
}

// clientKey returns the rate limit key of a client's address: an IPv4 address, or
// the /64 network of an IPv6 address, because one client has all of its addresses.
func clientKey(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Unmap().Is4() {
		return address
	}
	p, _ := a.WithZone("").Prefix(64) // valid for every IPv6 address
	return p.String()
}

// route returns the pattern of the request's route. Logs, metrics and traces use it
// instead of the path, because a path may contain the link of an invitation.
func route(c *gin.Context) string {
	if pattern := c.FullPath(); pattern != "" {
		return pattern
	}
	return "none"
}

// isProbe reports whether the request is a health check.
func isProbe(c *gin.Context) bool {
	return c.FullPath() == "/healthz" || c.FullPath() == "/readyz"
}
