// Package link signs the links in invitations and verifies them.
//
// A link names an activation, the generation of its invitation, a purpose and
// an expiry, and nothing else: no personal data. It opens a page for someone
// who then logs in; it never decides. The workflow knows which generation is
// good, so a resend kills older links without anything being stored here.
//
//	1.<key id>.<activation>.<generation>.<purpose>.<expiry>.<HMAC-SHA256>
package link
