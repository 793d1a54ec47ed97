// Package portal serves the pages of customers: the invitation behind the link in a
// mail, and a customer's collaborations.
//
//	portal.go          the routes
//	invitation*.go     an invitation and the answer to it
//	link.go            what a visitor without access to the invitation sees
//	collaborations.go  the list of a person's collaborations; collaboration.go one of them
package portal
