// Package ops has the operators' jobs on many workflow executions: find stuck ones, and
// resend, retry, cancel or reset them. It calls Temporal directly and needs neither the
// api nor the database.
//
// A job describes each execution first and skips those that are not eligible, so that it
// can be stopped and repeated. It changes nothing without confirmation.
//
// A release routes all workflow executions to the workers of one build.
package ops
