// Package directory has the use cases on an office's directory: employees, customers,
// tasks and administrators. Each checks the values, then the store checks what depends on
// the entry and writes the change with its audit row.
package directory
