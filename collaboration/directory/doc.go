// Package directory has the rules for an office's directory: its employees, its customers,
// and the tasks and administrators of a customer. An entry is what pages, the API, an
// import and other systems write.
package directory
