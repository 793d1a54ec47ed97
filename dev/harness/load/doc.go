// Package load sends requests of many clients to a site and checks the result.
//
//	Load, Callers         concurrent clients at a steady pace
//	Recorder, Ledger      outcomes of the requests, and the accepted activations
//	Lifetime              one activation with retries, across restarts of the product
//	Checker               compares the database, the API, the mails and Temporal with the
//	                      accepted activations
package load
