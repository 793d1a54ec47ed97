// Package mail writes letters and hands them to a mail service.
//
//	Mail ─ Mailer ─ compose (templates/) ─ Message ─ Sender
//	                                                           ├ SendGrid  v3 API
//	                                                           ├ SMTP      any server
//	                                                           └ Inbox     a folder, for development
//
// The words are templates/sv.tmpl and en.tmpl, named kind.party.text; the two
// layouts are shared. A new kind of letter is its subject and intro in both
// files. What is left out comes from the party's texts, then from everyone's.
// The customer reads the language it was invited in, the office Swedish:
// nothing says which one an employee reads.
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
