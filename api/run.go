package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The limits protect against slow clients and oversized requests. Event streams remove
// their own deadlines.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10
)

// Shutdown are the durations of a graceful shutdown: how long /readyz fails before the
// listener closes, and how long running requests may take after that.
type Shutdown struct {
	Drain  time.Duration
	Finish time.Duration
}

// Run serves on an address until the context ends, then stops gracefully.
func Run(ctx context.Context, address string, s *Server, stop Shutdown) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("api: %w", err)
	}
	return Serve(ctx, l, s, stop)
}

// Serve is Run on a listener, which it closes.
func Serve(ctx context.Context, l net.Listener, s *Server, stop Shutdown) error {
	server := s.http()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	s.log.Info("serving", "address", l.Addr().String())
	select {
	case err := <-failed:
		return fmt.Errorf("api: %w", err)
	case <-ctx.Done():
	}
	return shutDown(server, s, stop)
}

// http has the limits; tests shorten them.
func (s *Server) http() *http.Server {
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
}

func shutDown(server *http.Server, s *Server, stop Shutdown) error {
	s.Drain()
	time.Sleep(stop.Drain) // until load balancers have seen the failing /readyz
	// The context of Run is cancelled by now, so the shutdown needs its own.
	ctx, cancel := context.WithTimeout(context.Background(), stop.Finish)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("api: requests were cut off: %w", err), server.Close())
	}
	return nil
}
