// Package endpoint registers the operations of the JSON API. It decodes bodies, checks
// the token and the access level of a route, converts errors to problems, and describes
// all of it in OpenAPI. The packages of the resources declare their operations with it.
package endpoint
