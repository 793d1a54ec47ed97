// Package limit bounds how often something may happen: together in all processes
// that share a Redis; in each by itself where there is none, or it does not
// answer. It forgets within two hours, and keeps no names: what it counts by is
// kept as a digest.
package limit
