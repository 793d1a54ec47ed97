package engine

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/temporalio/ui-server/v2/server"
	"github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// ui is the Web UI. It ends the whole process if it cannot have its port,
// which is why ports are checked beforehand.
type ui struct {
	server  *server.Server
	address string
}

func startUI(ctx context.Context, port int, engine, product string) (*ui, error) {
	u := &ui{address: address(port), server: server.NewServer(server_options.WithConfigProvider(&config.Config{
		Host:                loopback,
		Port:                port,
		TemporalGRPCAddress: engine,
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

// codec has the product open what is encrypted, for who is logged in there.
func codec(product string) config.Codec {
	if product == "" {
		return config.Codec{}
	}
	return config.Codec{
		Endpoint: product + "/codec", IncludeCredentials: true,
		DefaultErrorMessage: "Log in at Countersign as an operator, then load this page again.", DefaultErrorLink: product + "/login",
	}
}

func (u *ui) stop() { u.server.Stop() }

// awaitListener returns when something accepts connections at address.
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
