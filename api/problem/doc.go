// Package problem turns errors of the domain into RFC 9457 problems: the HTTP
// status of each code, the texts in the language of the request, field errors
// and headers such as Retry-After.
package problem
