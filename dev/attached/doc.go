// Package attached runs the development stack on a Temporal that is running
// already, such as temporal server start-dev. It registers the search attributes
// that the namespace lacks.
package attached
