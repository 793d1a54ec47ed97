// Package worker runs the workflows and their activities: one Temporal worker for the
// workflows and most activities, one for the mail queue, and one for webhooks. Temporal limits the
// rate of the mail queue across all workers.
package worker
