package identity

import (
	"errors"
	"net/url"

	"countersign/collaboration"
)

// Errors contain no text of providers and tokens, which may have personal data.

// refused reports that a login did not succeed.
func refused(reason string) error {
	return collaboration.Errorf(collaboration.CodeLoginRefused, "%s", reason)
}

// invalidToken reports that a token proves nothing.
func invalidToken(reason string) error {
	return collaboration.Errorf(collaboration.CodeTokenInvalid, "%s", reason)
}

// refusedToken converts the error of an ID token to the error of its login.
func refusedToken(err error) error {
	switch collaboration.CodeOf(err) {
	case collaboration.CodeTokenInvalid, collaboration.CodeTokenExpired, collaboration.CodeTokenAudience:
		return collaboration.Errorf(collaboration.CodeLoginRefused, "ID token: %w", err)
	}
	return err
}

// misconfigured reports that the provider rejects the client. An operator must fix it.
func misconfigured(code string) error {
	return collaboration.Errorf(collaboration.CodeInternal, "OpenID provider: %s", code)
}

// unavailable omits the URL of the request, because its query may be secret.
func unavailable(operation string, err error) error {
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		err = urlErr.Err
	}
	return collaboration.Errorf(collaboration.CodeUnavailable, "OpenID provider: %s: %w", operation, err)
}
