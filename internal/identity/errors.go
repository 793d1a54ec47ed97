package identity

import (
	"errors"
	"net/url"

	"countersign/collaboration"
)

// Errors contain no text of providers and tokens, which may have personal data.

func unauthenticated(reason string) error {
	return collaboration.Errorf(collaboration.CodeUnauthenticated, "%s", reason)
}

// misconfigured reports that the provider rejects the client. An operator must fix it.
func misconfigured(code string) error {
	return collaboration.Errorf(collaboration.CodeInternal, "OpenID provider: %s", code)
}

// unavailable omits the URL of the request, whose query may be secret.
func unavailable(operation string, err error) error {
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		err = urlErr.Err
	}
	return collaboration.Errorf(collaboration.CodeUnavailable, "OpenID provider: %s: %w", operation, err)
}
