// Package mail writes the invitation and hands it to a mail service.
//
//	Mail ─ Mailer ─ compose (templates/) ─ Message ─ Sender
//	                                                           ├ SendGrid  v3 API
//	                                                           ├ SMTP      any server
//	                                                           └ Inbox     a folder, for development
//
// A Sender answers with what it knows, as an error of the catalogue:
//
//	mail_unavailable    certainly not taken: try again
//	mail_rate_limited   not taken: try again after RetryAfter
//	mail_misconfigured  not taken: an operator must mend the settings
//	mail_rejected       not taken, and never will be: it is this message
//	mail_unconfirmed    may have been taken: the answer was lost
//
// No error text holds a key, a name or an address; nor does it quote the other
// side, which may.
package mail
