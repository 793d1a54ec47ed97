// Package activities holds the steps of an activation that touch the world:
// each records its fact, the activation's new state and an audit row in one
// transaction, keyed so that a repeat changes nothing.
//
//	workflows ──calls──▶ Activities ──▶ Facts  (internal/store)
//	                                └─▶ Mailer (internal/mail)
//
// Every step may run twice: as a short local activity first, and again as a
// normal one where the first did not finish.
package activities
