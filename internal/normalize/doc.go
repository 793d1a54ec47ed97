// Package normalize brings text from outside into one form, so that equal text is equal
// bytes: forms, queries, JSON and files use it.
package normalize
