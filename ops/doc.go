// Package ops is what operators do to many runs: find the stuck ones, and
// resend, retry, cancel or reset. It goes to the engine itself, past the API
// and its rights, so it also helps where the api or the database is away.
//
// A job looks at each run first and leaves out those that it does not fit, so
// it can be stopped and begun again; nothing is done before it is told to.
//
// A release is for all runs at once: it has a build's workers take them over.
package ops
