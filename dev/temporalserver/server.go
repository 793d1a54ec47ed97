package temporalserver

import (
	"context"
	"fmt"
	"log/slog"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"

	"countersign/dev/flags"
	"countersign/dev/port"
	"countersign/dev/searchattributes"
)

// Server is a running Temporal server.
type Server struct {
	server  temporal.Server
	log     *slog.Logger
	level   *slog.LevelVar // of the server's own log
	address string
	ui      *webUI // nil if disabled
}

// Start starts a server and returns when it accepts work. It checks the ports before
// it starts or writes anything.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	ports, uiPort, err := reservePorts(o)
	if err != nil {
		return nil, err
	}
	database, err := openDatabase(o.Dir)
	if err != nil {
		return nil, err
	}
	level := new(slog.LevelVar)
	level.Set(levelAtStart)
	server, err := newServer(database, ports, dynamicConfig(o), logger{slog.New(levelHandler{o.Logger.Handler(), level})})
	if err != nil {
		return nil, fmt.Errorf("configure Temporal: %w", err)
	}
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("start Temporal: %w", err)
	}
	s := &Server{server: server, log: o.Logger, level: level, address: port.Address(ports[primitives.FrontendService])}
	if err := s.prepare(ctx, uiPort, o.Product); err != nil {
		s.Stop()
		return nil, err
	}
	level.Set(levelWhileRunning)
	return s, nil
}

// Address returns the host and port for clients and workers.
func (s *Server) Address() string { return s.address }

// UIAddress returns the host and port of the Web UI, or "" if it is disabled.
func (s *Server) UIAddress() string {
	if s.ui == nil {
		return ""
	}
	return s.ui.address
}

// Stop stops the server. The caller stops the workers first, so that they can report
// the results of their running tasks.
func (s *Server) Stop() {
	s.level.Set(levelAtStop)
	if s.ui != nil {
		s.ui.stop()
	}
	if err := s.server.Stop(); err != nil {
		s.log.Warn("stop Temporal", "error", err)
	}
}

// prepare registers the search attributes, which needs a running server, and starts
// the Web UI.
func (s *Server) prepare(ctx context.Context, uiPort int, product string) error {
	c, err := s.dial(ctx, Namespace)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := searchattributes.Register(ctx, c, Namespace); err != nil {
		return err
	}
	if uiPort == 0 {
		return nil
	}
	s.ui, err = startWebUI(ctx, uiPort, s.address, product)
	return err
}

// reservePorts returns the ports of all services; uiPort is 0 without the Web UI.
func reservePorts(o Options) (ports map[primitives.ServiceName]int, uiPort int, err error) {
	var reservation port.Reservation
	defer reservation.Release()
	if !o.NoUI {
		if uiPort, err = reservation.Add(o.UIPort, flags.UIPortFlag); err != nil {
			return nil, 0, err
		}
	}
	ports = map[primitives.ServiceName]int{}
	for name, number := range map[primitives.ServiceName]int{
		primitives.FrontendService: o.Port,
		primitives.HistoryService:  0,
		primitives.MatchingService: 0,
		primitives.WorkerService:   0,
	} {
		if ports[name], err = reservation.Add(number, flags.TemporalPortFlag); err != nil {
			return nil, 0, err
		}
	}
	return ports, uiPort, nil
}

func newServer(database *config.SQL, ports map[primitives.ServiceName]int, dynamic dynamicconfig.Client, log logger) (temporal.Server, error) {
	return temporal.NewServer(
		temporal.WithConfig(staticConfig(database, ports)),
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
