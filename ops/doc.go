// Package ops has the operators' jobs on many workflow executions: find stuck ones, and
// resend, retry, cancel or reset them. It calls Temporal directly and does not need the api.
//
// A job describes each execution first and skips those that are not eligible, so that it
// can be stopped and repeated. It changes nothing without confirmation.
//
// Reconcile compares the database with Temporal after one of them lost data. The other jobs do
// not need the database.
//
// A release routes all workflow executions to the workers of one build.
package ops
