// Package entry renders and saves the form of one entry of an office's directory: a
// customer, a task, an administrator or an employee. Each entry says which fields it has.
package entry
