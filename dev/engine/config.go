package engine

import (
	"flag"
	"log/slog"
)

const (
	// Namespace is the one namespace there is.
	Namespace = "default"

	portFlag   = "temporal-port"
	uiPortFlag = "ui-port"
)

// Config says where the engine keeps its state and where it listens. The zero
// value keeps everything in memory and takes any free ports.
type Config struct {
	// Dir is where the database lives; it is made if missing. Empty: memory.
	Dir string
	// Port and UIPort are on the loopback interface. 0: any free one.
	Port, UIPort int
	// NoUI leaves the Web UI out.
	NoUI bool
	// Product is where operators log in, and have the Web UI's histories opened;
	// empty where nobody does.
	Product string
	// Partitions are those of a task queue, and PollsPerSecond how often its only
	// shard looks for what was put into one of its queues. 0: what suits one node;
	// a server without settings has 4 and 20.
	Partitions, PollsPerSecond int
	// Logger gets the server's warnings and errors. nil: slog.Default.
	Logger *slog.Logger
}

// RegisterFlags puts the ports on the command line, with Temporal's usual ones
// as defaults. A port that is taken is reported by the name of its flag.
func (c *Config) RegisterFlags(flags *flag.FlagSet) {
	flags.IntVar(&c.Port, portFlag, 7233, "port of the Temporal server")
	flags.IntVar(&c.UIPort, uiPortFlag, 8233, "port of the Temporal Web UI")
}
