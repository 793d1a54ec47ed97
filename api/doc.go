// Package api is the HTTP server of Countersign: the JSON API under /v1 with its
// documentation, and the pages of offices and customers.
//
//	api.go, run.go   the server and its shutdown
//	config.go        what the server needs from the rest of the program
//	build.go         the middleware, and the parts that have the routes:
//
//	rest             the JSON API
//	office, portal   the pages of employees and of customers
//	page             the base of all pages: sessions, login, drafts, error pages
//	present          what the JSON and the pages both show
//	view, i18n       templates and drawings; texts and languages
//	request          values of one request, access levels of routes
//	problem          errors as RFC 9457 problems
//	middleware, sse  HTTP middleware; event streams
//	codecserver      Temporal's remote codec
//	mailhook         the mail provider's events
//
// Handlers decode requests and call the use cases in internal/app; they hold no state.
package api
