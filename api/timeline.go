package api

import (
	"countersign/api/view"
	"countersign/collaboration"
)

// timeline draws the past and scheduled events of an activation.
func (s *Server) timeline(r collaboration.Activation, events []collaboration.Event, l collaboration.Locale) view.Timeline {
	return view.NewTimeline(r, events, s.Now(), l)
}
