// Package rehearsal rehearses operation. Its tests kill processes, fill disks, set
// clocks wrong, cut connections, load the product for a long time, release builds,
// and run every command of the runbook. Go test leaves them out; the build tag
// "rehearsal" adds them:
//
//	make rehearse
//	go test -tags rehearsal -timeout 60m ./dev/rehearsal -run '^TestChaos$' -v
//
// Their flags have short defaults. The Makefile has a target for each that runs it
// at length.
package rehearsal
