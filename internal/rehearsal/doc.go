// Package rehearsal enables the tests that rehearse operation: chaos, outages, many kills,
// soak, bursts, full disks, wrong clocks, mail rates, thousands of waiting activations,
// releases, every command of the runbook, long random sequences of commands, and tests
// without the guards that they prove.
//
// go test work skips these tests with a message that has the command to run them. The build
// tag "rehearsal" enables them, all or one:
//
//	make rehearse
//	go test -tags rehearsal ./dev/rehearsal -run '^TestChaos$' -v
//
// make rehearse selects the test functions that contain Only or Enabled.
//
// Tests of behaviour are not rehearsals: they run in go test work.
package rehearsal
