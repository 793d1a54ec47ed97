package temporalserver

import "log/slog"

// Namespace is the namespace that Start creates.
const Namespace = "default"

// Options configure a server. The zero value stores all data in memory and chooses
// free ports.
type Options struct {
	// Dir is the folder of the database. Start creates it. Empty means memory.
	Dir string
	// Port and UIPort are on the loopback interface; 0 chooses a free port. The error
	// of an occupied port names its flag in package flags.
	Port, UIPort int
	// NoUI disables the Web UI.
	NoUI bool
	// Product is the URL of Countersign. Its codec server decrypts payloads for the Web
	// UI. Empty disables the decryption.
	Product string
	// Partitions is the number of partitions of each task queue, and PollsPerSecond
	// how often the only shard polls each of its internal queues. 0 selects values for
	// one node. The server's own defaults are 4 and 20.
	Partitions, PollsPerSecond int
	// SuggestContinueAsNew is the number of events of a history from which the server
	// suggests continue-as-new, by namespace. Other namespaces have the server's default.
	SuggestContinueAsNew map[string]int
	// Logger receives the server's warnings and errors; nil means slog.Default.
	Logger *slog.Logger
}
