// Package starter is the one place that starts, messages and queries
// ActivationWorkflow. Whoever needs an activation to move goes through it, so
// that start options, deadlines and error codes are the same everywhere.
package starter
