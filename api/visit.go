package api

import (
	"countersign/api/page"
	"countersign/api/request"
)

type pageContext = page.Context

// visit is one request for a page.
type visit struct {
	*pageContext
	s *Server
}

// pageHandler renders a page.
type pageHandler func(*visit) error

// page registers a page.
func (s *Server) page(method, path string, level request.AccessLevel, h pageHandler) {
	s.kit.Handle(s.engine, method, path, level, func(c *page.Context) error { return h(&visit{c, s}) })
}
