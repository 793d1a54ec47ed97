// Package directory has the pages that change the office's customers, and the tasks and
// administrators of a customer.
package directory
