// Package page is the kit that all pages share: sessions, login, access
// control, protection against cross-site requests, language, forms kept across
// a login, and error pages. Packages office and portal use it.
//
//	kit.go       registers pages and runs them
//	gate.go      the checks before a handler, in order
//	context.go   what a handler gets: the request, the principal, responses
//	session.go   loading, storing and committing of sessions
//	login.go     the OpenID Connect login and logout
//	draft.go     a form kept while its user logs in again
//	errors.go    error pages
package page
