package api

import "countersign/collaboration"

// action is one thing that an employee may do with an activation now; it leads
// to a page with a form of its own.
type action struct {
	// Name is a text "action.<name>"; Path is where its form is.
	Name, Path string
}

// actionsFor are what an employee may do with an activation, in its state.
func (s *Server) actionsFor(e collaboration.Employee, r collaboration.Record) []action { return nil }
