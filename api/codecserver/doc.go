// Package codecserver is the remote codec of Temporal's Web UI and command line:
// POST /codec/decode decrypts payloads of workflow histories for operators, and POST
// /codec/encode encrypts the payloads that they send.
package codecserver
