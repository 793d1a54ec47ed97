package api

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// healthy is the liveness probe.
func (s *Server) healthy(c *gin.Context) { c.String(http.StatusOK, "ok\n") }

// ready is the readiness probe. It does not check the database: an outage hits every
// replica, and removing all of them from rotation would replace the server's 503 page
// with the load balancer's.
func (s *Server) ready(c *gin.Context) {
	if s.isDraining() {
		c.String(http.StatusServiceUnavailable, "stopping\n")
		return
	}
	c.String(http.StatusOK, "ready\n")
}
