// Package identitytest is a conformance suite for internal/identity with an OpenID
// provider. It checks the supported operations, and that invalid logins and tokens are
// rejected with every provider.
package identitytest
