// Package api is the HTTP side of Countersign: the JSON API under /v1 with its
// documentation, and the pages of offices and customers, which package web draws.
//
//	routes.go       every address and what answers it; access.go, who may use it
//	problem.go      every error, as an RFC 9457 problem
//	body.go         what a JSON body may look like
//	activate.go     POST /v1/activations, from the click to the engine
//	invitation.go   what a link may show, and the decision it carries
//	page_*.go       the pages; page_approve.go is the one behind a link
//	stream.go       what event streams share; events.go and page_live.go tell
//	openapi.go      the description; openapi.json is the committed copy
//
// Handlers read facts, ask the starter, and hold no state; sessions are kept by
// whom roles hands in, in Redis or in the process. What they need
// from the rest of the program is declared in deps.go.
package api
