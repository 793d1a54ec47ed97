// Package compose checks docker-compose.yml and the Dockerfile without a container
// runtime: pinned images, health checks, ports on the loopback interface only, and
// secrets without a default.
package compose
