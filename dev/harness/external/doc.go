// Package external simulates the systems that the product depends on: mail providers, the
// platform with the solutions, and receivers of webhooks.
package external
