package temporalserver

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/temporalio/ui-server/v2/server"
	"github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"

	"countersign/dev/port"
)

// webUI is Temporal's Web UI. It exits the process if its port is in use, so
// reservePorts checks the port first.
type webUI struct {
	server  *server.Server
	address string
}

func startWebUI(ctx context.Context, number int, temporal, product string) (*webUI, error) {
	u := &webUI{address: port.Address(number), server: server.NewServer(server_options.WithConfigProvider(&config.Config{
		Host:                port.Loopback,
		Port:                number,
		TemporalGRPCAddress: temporal,
		EnableUI:            true,
		DefaultNamespace:    Namespace,
		DisableNewsFetch:    true,
		HideLogs:            true,
		// The pages are served over plain HTTP.
		CORS:  config.CORS{CookieInsecure: true},
		Codec: codec(product),
	}))}
	go func() { _ = u.server.Start() }()
	return u, awaitListener(ctx, u.address)
}

// codec makes the Web UI decrypt payloads with Countersign's codec server, which
// accepts the session of a logged-in operator.
func codec(product string) config.Codec {
	if product == "" {
		return config.Codec{}
	}
	return config.Codec{
		Endpoint: product + "/codec", IncludeCredentials: true,
		DefaultErrorMessage: "Log in at Countersign as an operator, then load this page again.", DefaultErrorLink: product + "/login",
	}
}

func (u *webUI) stop() { u.server.Stop() }

// awaitListener returns when a server accepts connections at address.
func awaitListener(ctx context.Context, address string) error {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		var dialer net.Dialer
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the Web UI: %w", ctx.Err())
		case <-ticker.C:
		}
	}
}
