// Package mail renders notifications and sends them with a mail provider.
//
//	Mail ─ Mailer ─ render (templates/) ─ Message ─ Sender
//	                                                           ├ SendGrid  v3 API
//	                                                           └ SMTP      any server
//
// The texts are templates in templates/sv.tmpl and en.tmpl, named kind.party.text. Both
// languages share an HTML and a plain-text layout. A new kind of notification requires a
// subject and an intro in both files. For a missing text the party's default applies,
// then the general one. Customers get the language of their invitation. The office gets
// Swedish, because employees have no language setting.
//
// A provider is one file with its settings, a sender and its check; settings.go lists the
// providers.
//
// A Sender returns the outcome as an error code:
//
//	mail_unavailable    not accepted: retry
//	mail_rate_limited   not accepted: retry after RetryAfter
//	mail_misconfigured  not accepted: an operator must fix the settings
//	mail_rejected       not accepted: the message itself is invalid
//	mail_unconfirmed    may have been accepted: the response was lost
//
// Error texts contain no key, name or address, and no text of the provider, which may.
package mail
