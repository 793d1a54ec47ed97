package engine

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

// Engine is a running Temporal server.
type Engine struct {
	server  temporal.Server
	log     *slog.Logger
	level   *slog.LevelVar // of the server's own log
	address string
	ui      *ui // nil without one
}

// Start answers when the engine takes work. Ports are checked before anything
// is started or written.
func Start(ctx context.Context, cfg Config) (*Engine, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	ports, uiPort, err := reserve(cfg)
	if err != nil {
		return nil, err
	}
	store, err := openStore(cfg.Dir)
	if err != nil {
		return nil, err
	}
	level := new(slog.LevelVar)
	level.Set(starting)
	server, err := newServer(store, ports, dynamic(cmp.Or(cfg.Partitions, 1), cmp.Or(cfg.PollsPerSecond, 1000)), logger{slog.New(gate{cfg.Logger.Handler(), level})})
	if err != nil {
		return nil, fmt.Errorf("build the engine: %w", err)
	}
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("start the engine: %w", err)
	}
	e := &Engine{server: server, log: cfg.Logger, level: level, address: address(ports[primitives.FrontendService])}
	if err := e.prepare(ctx, uiPort, cfg.Product); err != nil {
		e.Stop()
		return nil, err
	}
	level.Set(running)
	return e, nil
}

// Address is where clients and workers connect.
func (e *Engine) Address() string { return e.address }

// UIAddress is where the Web UI listens; empty without one.
func (e *Engine) UIAddress() string {
	if e.ui == nil {
		return ""
	}
	return e.ui.address
}

// Stop ends the engine. Stop workers first, so that they can hand back what
// they hold.
func (e *Engine) Stop() {
	e.level.Set(stopping)
	if e.ui != nil {
		e.ui.stop()
	}
	if err := e.server.Stop(); err != nil {
		e.log.Warn("the engine did not stop cleanly", "error", err)
	}
}

// prepare does what needs a running server.
func (e *Engine) prepare(ctx context.Context, uiPort int, product string) error {
	c, err := client.DialContext(ctx, client.Options{
		HostPort:  e.address,
		Namespace: Namespace,
		Logger:    log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		return fmt.Errorf("reach the engine: %w", err)
	}
	defer c.Close()
	if err := addSearchAttributes(ctx, c); err != nil {
		return err
	}
	if uiPort == 0 {
		return nil
	}
	e.ui, err = startUI(ctx, uiPort, e.address, product)
	return err
}

// reserve finds the ports of all services; uiPort is 0 without the Web UI.
func reserve(cfg Config) (ports map[primitives.ServiceName]int, uiPort int, err error) {
	var held claim
	defer held.release()
	if !cfg.NoUI {
		if uiPort, err = held.take(cfg.UIPort, uiPortFlag); err != nil {
			return nil, 0, err
		}
	}
	ports = map[primitives.ServiceName]int{}
	for name, port := range map[primitives.ServiceName]int{
		primitives.FrontendService: cfg.Port,
		primitives.HistoryService:  0,
		primitives.MatchingService: 0,
		primitives.WorkerService:   0,
	} {
		if ports[name], err = held.take(port, portFlag); err != nil {
			return nil, 0, err
		}
	}
	return ports, uiPort, nil
}

func newServer(store *config.SQL, ports map[primitives.ServiceName]int, dynamic dynamicconfig.Client, log logger) (temporal.Server, error) {
	return temporal.NewServer(
		temporal.WithConfig(settings(store, ports)),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts(ports)),
		temporal.WithDynamicConfigClient(dynamic),
		temporal.WithLogger(log),
		temporal.WithCustomMetricsHandler(metrics.NoopMetricsHandler),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper {
			return authorization.NewNoopClaimMapper()
		}),
	)
}
