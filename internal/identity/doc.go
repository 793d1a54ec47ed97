// Package identity tells who sends a request. StaticTokens knows employees by
// tokens from the configuration: for development, for programs, and for
// installations without a login of their own.
package identity
