// Package engine runs Temporal inside this process: the real server, as a
// library, on SQLite files in a directory, with its Web UI.
//
//	Start: ports free? → database file → server → search attributes → Web UI
//
// What it holds survives a kill: started again on the same directory, every
// open workflow goes on where it was. It is for development and for tests,
// which leave the directory out (all in memory) and the ports at zero (any
// free one). At scale the same code talks to a Temporal cluster.
//
// The server reads no signals: whoever calls Start decides when to Stop.
package engine
