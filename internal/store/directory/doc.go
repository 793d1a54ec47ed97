// Package directory stores the changes of an office's directory: its employees, and its
// customers with their tasks and administrators. Every change locks the office, checks
// what depends on it, and has an audit row, all in one transaction.
package directory
