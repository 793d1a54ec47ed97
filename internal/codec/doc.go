// Package codec encrypts what the engine is told, and reads it back.
//
//	COUNTERSIGN_ENCRYPTION_KEYS    data_keys (SQL)                the engine
//	  master keys, by id ──wrap──▶ one for each subject ──seal──▶ payloads, each with its data key's id
//
// A subject is an office's customer and solution: its activations and their
// letters. What is nobody's, webhooks and batches, has a data key in common, and
// carries ids alone. Rotating the master keys rewraps the data keys, and no
// payload; erasing a customer deletes its data keys, and nobody reads its
// histories any more.
//
// Payloads are sealed where a request leaves for the engine, not in the data
// converter: a data key that cannot be looked up for a moment is then a call
// that is tried again, and not a workflow that fails. Search attributes are
// readable, as are the codes of failures; their texts are not. What comes
// unencrypted passes: older histories, and what operators send without the keys.
package codec
