// Package codec encrypts payloads sent to Temporal, and decrypts those received.
//
//	COUNTERSIGN_ENCRYPTION_KEYS   data_keys (SQL)                    Temporal
//	  master keys, by ID ──wrap──▶ one for each subject ──encrypt──▶ payloads, each with its data key's ID
//
// A subject is one solution of an office's customer: its activations and their
// notifications. Webhooks and batches carry only IDs; they share one data key, which also
// encrypts the secrets of webhooks in the database. Rotating the master keys rewraps the
// data keys and changes neither payloads nor secrets. Erasing a customer deletes its data
// keys, which makes its workflow histories unreadable.
//
// Each payload belongs to one workflow. The data converter writes the workflow ID of the
// SDK's serialization context into the payload, which is encrypted and authenticated as a
// whole, and refuses to decode a payload of another workflow. The interceptor adds the
// request's workflow ID to payloads that the data converter does not make: headers and
// texts of failures. Payloads from the codec server have no workflow. The namespace is not
// bound, so that executions can move to another one.
//
// Encryption happens in a gRPC interceptor and not in the data converter, so that a
// failed key lookup fails a call, which is retried, and not a workflow. Search
// attributes and the error codes of failures are readable, the failures' texts are not.
// Unencrypted payloads are accepted, because operators send some without the keys, unless
// the settings require encryption.
package codec
