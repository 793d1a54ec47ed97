// Package harness runs Countersign for end-to-end tests and rehearsals. It has the
// clients, servers and checks that both share.
//
//	Stack    the development stack in this process: StartStack gives an Office
//	Child    this test binary again, as a process to kill: a stack, a worker or Temporal
//	Site     the shipped program, twice in each role, on separate servers
//
//	Office, Customer, Browser         clients of the API and the pages
//	DirectClient                      a client of Temporal that bypasses the API
//
// Its subpackages are load (many clients), faulty (servers that fail on demand) and
// external (the other systems).
//
// Package e2e has the tests of behaviour that use it, package rehearsal those of
// operation. A test package calls Main from its TestMain.
package harness
