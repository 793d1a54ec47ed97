// Package mailhook receives the mail provider's events at POST /webhooks/sendgrid:
// deliveries and bounces of the notifications that were sent.
package mailhook
