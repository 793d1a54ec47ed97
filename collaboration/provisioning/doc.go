// Package provisioning has the requests to the system that holds solutions, administrators
// and access: the product's own database, or another system.
package provisioning
