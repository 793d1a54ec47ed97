// Package limit is a rate limiter. Processes with the same Redis share their limits.
// Without Redis, or while it does not answer, each process has its own. Counters expire
// within two hours, and their keys are digests, so no personal data is stored.
package limit
