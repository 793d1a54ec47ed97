// Package searchattributes registers the search attributes of the workflows in a
// Temporal namespace.
package searchattributes
