// Package faulty has servers, network connections and workflow steps that fail on
// demand, for tests of the product's retries.
package faulty
