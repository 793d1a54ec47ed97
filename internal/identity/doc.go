// Package identity authenticates users. Provider logs users in with an OpenID provider and
// verifies its access tokens. StaticTokens authenticate programs that cannot get such
// tokens. Sessions store logged-in users. A user is identified by a verified e-mail
// address; People returns the person with that address. Authorization is not part of this
// package.
package identity
