package identity

import (
	"errors"
	"net/url"

	"countersign/collaboration"
)

// The reasons are ours: what providers and tokens say may be personal.

func unauthenticated(reason string) error {
	return collaboration.Errorf(collaboration.CodeUnauthenticated, "%s", reason)
}

// misconfigured is for the operator: the provider does not know us.
func misconfigured(code string) error {
	return collaboration.Errorf(collaboration.CodeInternal, "OpenID provider: %s", code)
}

// unavailable leaves out the address that was asked, and its query with it.
func unavailable(what string, err error) error {
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err
	}
	return collaboration.Errorf(collaboration.CodeUnavailable, "OpenID provider: %s: %w", what, err)
}
