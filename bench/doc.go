// Package bench measures Countersign's latency and throughput. It compares activations
// and decisions with a baseline workflow and with the cost of Temporal alone, in
// interleaved rounds on one machine.
package bench
