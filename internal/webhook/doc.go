// Package webhook posts events to addresses that offices chose, signed as
// Standard Webhooks (standardwebhooks.com) says: webhook-id, webhook-timestamp,
// and webhook-signature, "v1," and the base64 of HMAC-SHA256 over
// "id.timestamp.body". It calls no private network: every address is looked at
// when it is connected to, so that no name can lead there.
package webhook
