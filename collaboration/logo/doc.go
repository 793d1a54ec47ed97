// Package logo checks the logos of offices.
package logo
