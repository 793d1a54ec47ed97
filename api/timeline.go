package api

import (
	"countersign/api/web"
	"countersign/collaboration"
)

// timeline draws what happened to an activation and what lies ahead.
func (s *Server) timeline(r collaboration.Record, events []collaboration.Event, l collaboration.Locale) web.Timeline {
	return web.NewTimeline(r, events, s.Now(), l)
}
