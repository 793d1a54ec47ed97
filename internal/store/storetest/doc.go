// Package storetest adds offices with customers to a database: the data of the tests and
// of the development stack. Product code does not import it; an operator adds the first
// office with countersign office add.
package storetest
