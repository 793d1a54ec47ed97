// Package kubernetes holds deploy/kubernetes to its promises, without a cluster:
// it is drawn up by kustomize's own library and read strictly into the API's own
// types, and what it says agrees with what the program reads, listens on and
// waits for.
package kubernetes
