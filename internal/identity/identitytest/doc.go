// Package identitytest holds an OpenID provider and internal/identity to each
// other: what any provider must let us do, and what we must refuse whichever
// provider it is.
package identitytest
