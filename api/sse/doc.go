// Package sse serves server-sent events: it bounds the number of open streams,
// polls for news, keeps idle connections alive and ends streams when the server
// shuts down. Package huma/sse has none of these.
package sse
