package flags

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
)

// Names of the flags that choose a port, for the errors of an occupied port.
const (
	PortFlag         = "port"
	InboxPortFlag    = "inbox-port"
	LoginPortFlag    = "login-port"
	TemporalPortFlag = "temporal-port"
	UIPortFlag       = "ui-port"
)

const (
	temporalFlag  = "temporal"
	namespaceFlag = "namespace"
	webUIFlag     = "web-ui"
)

// DefaultNamespace is Temporal's own default.
const DefaultNamespace = "default"

// Flags are those of the development stack.
type Flags struct {
	Data                                             string
	Port, InboxPort, LoginPort, TemporalPort, UIPort int
	Database, Redis                                  string
	// Temporal is the host:port of a running Temporal, empty for the embedded one.
	Temporal, Namespace, WebUI string
	Verbose                    bool
}

// Embedded reports whether the stack runs on the embedded Temporal.
func (f Flags) Embedded() bool { return f.Temporal == "" }

// Parse parses the arguments. For -help it prints the usage to output and returns
// flag.ErrHelp.
func Parse(args []string, output io.Writer) (Flags, error) {
	var f Flags
	set := flag.NewFlagSet("dev", flag.ContinueOnError)
	set.SetOutput(io.Discard) // the caller prints the error
	set.StringVar(&f.Data, "data", ".countersign", "folder of all data; delete it to start afresh")
	set.IntVar(&f.Port, PortFlag, 8080, "port of the API and its pages; 0 for any free one, as for every port")
	set.IntVar(&f.InboxPort, InboxPortFlag, 8025, "port of the inbox")
	set.IntVar(&f.LoginPort, LoginPortFlag, 8081, "port of the login")
	set.IntVar(&f.TemporalPort, TemporalPortFlag, 7233, "port of the embedded Temporal server")
	set.IntVar(&f.UIPort, UIPortFlag, 8233, "port of the embedded Temporal Web UI")
	set.StringVar(&f.Database, "database", "", "URL of a PostgreSQL to use instead of SQLite, postgres://…")
	set.StringVar(&f.Redis, "redis", "", "URL of a Redis to use instead of the embedded one, redis://…")
	set.StringVar(&f.Temporal, temporalFlag, "", "host:port of a running Temporal to use instead of the embedded one, which is then not built")
	set.StringVar(&f.Namespace, namespaceFlag, DefaultNamespace, "namespace in the running Temporal")
	set.StringVar(&f.WebUI, webUIFlag, "", "URL of the running Temporal's Web UI; found by itself for temporal server start-dev")
	set.BoolVar(&f.Verbose, "verbose", false, "log every request and step")
	err := set.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		printUsage(set, output)
		return f, err
	}
	if err != nil {
		return f, err
	}
	if set.NArg() > 0 {
		return f, fmt.Errorf("no such command: %q (there are %s and %s)", set.Arg(0), Forward, Token)
	}
	return f, f.check(set)
}

// check rejects flags that would have no effect.
func (f Flags) check(set *flag.FlagSet) (err error) {
	ofEmbedded, ofRunning := []string{TemporalPortFlag, UIPortFlag}, []string{namespaceFlag, webUIFlag}
	set.Visit(func(given *flag.Flag) {
		switch {
		case f.Embedded() && slices.Contains(ofRunning, given.Name):
			err = fmt.Errorf("-%s needs -%s: the embedded Temporal has its own", given.Name, temporalFlag)
		case !f.Embedded() && slices.Contains(ofEmbedded, given.Name):
			err = fmt.Errorf("-%s and -%s exclude each other: a running Temporal has its own ports", given.Name, temporalFlag)
		}
	})
	return err
}

func printUsage(set *flag.FlagSet, output io.Writer) {
	fmt.Fprint(output, `usage: go run ./dev [flags]                        run all of Countersign
       go run ./dev token EMAIL                    print an access token of a person
       go run ./dev forward ACTIVATION HOW-FAR     move the clock of an activation

`)
	set.SetOutput(output)
	set.PrintDefaults()
}

// The commands beside running the stack.
const (
	Forward = "forward"
	Token   = "token"
)

// IsCommand reports whether the arguments are those of a command.
func IsCommand(args []string) bool {
	return len(args) > 0 && (args[0] == Forward || args[0] == Token)
}
