// Package present makes what the JSON API and the pages both show of the domain: the
// form of a solution, customers, solutions, events, and the agreement that a customer
// keeps. Texts are in the reader's language. The JSON tags are part of the API.
package present
