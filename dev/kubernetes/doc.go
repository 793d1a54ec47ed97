// Package kubernetes checks deploy/kubernetes without a cluster. The tests render it with
// kustomize's library and decode it strictly into the Kubernetes API's types. They
// compare it with the product's settings, ports and timeouts.
package kubernetes
