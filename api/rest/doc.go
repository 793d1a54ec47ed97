// Package rest is the JSON API under /v1 and its OpenAPI description.
//
//	rest.go, router.go    the operations, their access levels and their registration
//	operation.go          the description of one operation; openapi.go of the whole API
//	body.go               decodes JSON bodies
//	the other files       one resource each: its types, its operations and its handlers
//
// Handlers decode a request, call a use case of internal/app and encode its result.
package rest
