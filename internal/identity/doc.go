// Package identity tells who somebody is. A Provider logs people in at any
// OpenID provider and checks its access tokens; StaticTokens are for programs
// of installations whose provider gives them none; sessions remember who has
// logged in. What somebody may do is for others to say: here a verified e-mail
// address is all that counts, and People knows whose it is.
package identity
