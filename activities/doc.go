// Package activities holds the activities of an activation. Each stores its effect,
// the activation's new state and an audit row in one transaction, under an idempotency
// key, so a repeat changes nothing.
//
//	workflows ──calls──▶ Activities ──▶ Store  (internal/store)
//	                                └─▶ Mailer (internal/mail)
//
// Each activity may run more than once: a worker that crashes loses the result of a
// local activity, and Temporal retries a normal one.
package activities
