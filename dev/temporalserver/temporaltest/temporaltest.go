package temporaltest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"countersign/dev/temporalserver"
)

// Server is the running server. Each test creates its own namespace.
var Server *temporalserver.Server

// Main starts the server, runs the tests and stops the server. A package calls it from
// its TestMain.
func Main(m *testing.M) {
	var err error
	Server, err = temporalserver.Start(context.Background(), temporalserver.Options{NoUI: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Fprintln(os.Stderr, "start Temporal:", err)
		os.Exit(1)
	}
	code := m.Run()
	Server.Stop()
	os.Exit(code)
}
