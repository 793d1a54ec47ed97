package api

import (
	"net/http"

	"countersign/api/request"
)

// Guarded reports whether an address has an access level, and whether that level is
// public.
func (s *Server) Guarded(route string) (guarded, open bool) {
	who, guarded := s.access[route]
	return guarded, who == request.AccessPublic
}

// HTTP returns the HTTP server that Serve uses.
func (s *Server) HTTP() *http.Server { return s.http() }
