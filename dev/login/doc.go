// Package login is an OpenID Connect provider for development. It lists the people in
// the database and asks for no password. Otherwise it behaves like a production
// provider: single-use codes that expire after a minute, PKCE and exact redirect URIs.
package login
