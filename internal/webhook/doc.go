// Package webhook posts events to URLs that offices have configured. Requests are signed
// according to Standard Webhooks (standardwebhooks.com): webhook-id, webhook-timestamp and
// webhook-signature, which is "v1," and the base64 of HMAC-SHA256 over "id.timestamp.body".
//
// To prevent server-side request forgery, the sender checks the IP address of every
// connection, whatever the host name resolves to, and rejects private networks.
package webhook
