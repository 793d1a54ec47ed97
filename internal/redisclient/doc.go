// Package redisclient connects to Redis, which stores sessions, rate limits and cached
// customer lookups.
package redisclient
