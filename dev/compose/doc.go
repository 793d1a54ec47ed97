// Package compose holds docker-compose.yml to its promises, without an engine
// to run it: pinned images, health checks, nothing published to the world, no
// secret with a default.
package compose
