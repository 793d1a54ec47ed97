package request

import (
	"context"

	"countersign/collaboration"
)

// Info describes one request. The middleware creates it; handlers add the
// outcome for the access log. One goroutine uses it at a time.
type Info struct {
	ID string
	// ClientKey identifies the client for rate limits (rate limit key of its
	// IP address). It must not be logged.
	ClientKey string
	// Locale is the language of the response.
	Locale collaboration.Locale
	// Code and Cause are the error that answered the request, if any.
	Code  collaboration.Code
	Cause error
	// Actor is the opaque id of the principal, or "".
	Actor string
	// Credential is the refused token or login, or the address of a principal without an
	// id. The log has only its keyed digest.
	Credential string
	// Activation is the activation that the request concerns, if its route has no id.
	Activation collaboration.ActivationID
}

type infoKey struct{}

// WithInfo returns a context that carries info.
func WithInfo(ctx context.Context, info *Info) context.Context {
	return context.WithValue(ctx, infoKey{}, info)
}

// From returns the request's Info. Outside a request it returns a new one in
// English, never nil.
func From(ctx context.Context) *Info {
	if info, ok := ctx.Value(infoKey{}).(*Info); ok {
		return info
	}
	return &Info{Locale: collaboration.English}
}

// Locale returns the language of the response.
func Locale(ctx context.Context) collaboration.Locale { return From(ctx).Locale }
