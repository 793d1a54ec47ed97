package embedded

import (
	"context"
	"net"
	"path/filepath"

	"countersign/dev/stack"
	"countersign/dev/temporalserver"
)

// Options are those of the stack and of its Temporal server. Run sets Temporal, and
// the Dir, Logger and Product of Server.
type Options struct {
	stack.Options
	Server temporalserver.Options
}

// Run starts Temporal and runs the stack on it until the context ends. Temporal
// stops last. Every port is checked before anything starts.
func Run(ctx context.Context, o Options, ready func(stack.Addresses)) error {
	if err := o.ReservePorts(); err != nil {
		return err
	}
	o.Server.Dir, o.Server.Logger, o.Server.Product = filepath.Join(o.Dir, "temporal"), o.Log, o.URL()
	server, err := temporalserver.Start(ctx, o.Server)
	if err != nil {
		return err
	}
	defer server.Stop()
	o.Temporal = stack.Temporal{Address: server.Address(), Namespace: temporalserver.Namespace, WebUI: webUI(server)}
	return stack.Run(ctx, o.Options, ready)
}

// webUI returns the Web UI's URL, or "" if it is disabled. It has the host name of
// the product, because a browser stores the login session by host name.
func webUI(server *temporalserver.Server) string {
	_, port, err := net.SplitHostPort(server.UIAddress())
	if err != nil {
		return ""
	}
	return "http://localhost:" + port
}
