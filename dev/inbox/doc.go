// Package inbox receives the mails of a development stack. It is an SMTP server that
// stores each mail in a file, and pages that show them. The product sends to it as to
// any other mail server.
package inbox
