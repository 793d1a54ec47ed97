// Package temporalserver runs Temporal inside this process: the released server as
// a library, on a SQLite file, with its Web UI. It is for development and tests.
// Production uses a Temporal cluster.
//
//	Start: reserve ports → open database → start server → add search attributes → start Web UI
//
// All data survives a kill. After a restart on the same folder, every open workflow
// execution continues. Tests leave the folder empty, which stores the data in
// memory, and the ports at zero, which chooses free ones.
//
// The server does not handle signals. The caller of Start decides when to call Stop.
package temporalserver
