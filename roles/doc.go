// Package roles puts the parts together into what a process can be: the api,
// the worker, the migration. It is the only package that knows the adapters
// and the roles at once; main.go runs one role a process, dev runs all of them
// in one.
package roles
