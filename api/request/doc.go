// Package request holds the values that belong to one HTTP request: its id, its
// language, the authenticated principal, and the outcome that the access log
// reports. It also declares the access levels of routes.
package request
