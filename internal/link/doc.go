// Package link signs the links in invitations and verifies them.
//
// A link contains an activation, the generation of its invitation, a purpose and an
// expiry, and no personal data. It opens a page on which the recipient logs in; it is no
// authorization to decide. The workflow stores the current generation, so a resend
// supersedes older links.
//
//	1.<key id>.<activation>.<generation>.<purpose>.<expiry>.<HMAC-SHA256>
package link
