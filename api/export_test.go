package api

import "net/http"

// Guarded reports whether the server decides who may use an address, and
// whether that is everyone.
func (s *Server) Guarded(route string) (guarded, open bool) {
	who, guarded := s.audiences[route]
	return guarded, who == everyone
}

// HTTP is what Serve serves with.
func (s *Server) HTTP() *http.Server { return s.http() }
