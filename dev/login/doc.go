// Package login is an OpenID provider for development: it shows who there is,
// and takes anybody for whom they say they are. It does what a real one does in
// every other way (codes once and for a minute, PKCE, exact redirect URIs), so
// that the product is run against it as against any.
package login
