package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"countersign/api/problem"
	"countersign/collaboration"
)

// writeError answers with an error page to a browser, and otherwise with a problem.
func (s *Server) writeError(c *gin.Context, err error) {
	if wantsPage(c.Request) {
		s.kit.WriteError(c, err)
		return
	}
	problem.Write(c.Writer, c.Request, err)
}

// notFound answers a request without a route, or with another method than the route's.
func (s *Server) notFound(code collaboration.Code) gin.HandlerFunc {
	err := &collaboration.Error{Code: code}
	return func(c *gin.Context) {
		if wantsPage(c.Request) {
			s.kit.NotFound(c, err)
			return
		}
		problem.Write(c.Writer, c.Request, err)
	}
}

// wantsPage reports whether a browser shows the response to a user.
func wantsPage(r *http.Request) bool {
	for _, prefix := range []string{"/v1/", "/webhooks/", "/assets/", "/codec/"} {
		if strings.HasPrefix(r.URL.Path, prefix) {
			return false
		}
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}
