// Package middleware holds what runs before and after every handler, one
// middleware per file: request information, access log, metrics, tracing,
// panic recovery, security headers, rate limit; and for the routes that need
// them bearer authentication and write slots.
package middleware
