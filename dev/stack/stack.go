package stack

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/alicebob/miniredis/v2"
	"golang.org/x/sync/errgroup"

	"countersign/dev/flags"
	"countersign/dev/inbox"
	"countersign/dev/port"
	"countersign/internal/bootstrap"
	"countersign/internal/config"
	"countersign/internal/store/storetest"
	"countersign/ops"
)

// Options configure a stack. A port of 0 chooses a free port.
type Options struct {
	Dir       string
	Port      int
	InboxPort int
	LoginPort int
	// DatabaseURL and RedisURL select servers instead of the embedded ones.
	DatabaseURL string
	RedisURL    string
	// OwnerURL has the owner's role for DatabaseURL, which migrates it. Without it
	// DatabaseURL has the owner's role.
	OwnerURL string
	// LargeOffice adds an office with hundreds of customers, once.
	LargeOffice bool
	// NoWorker starts no worker. The caller runs one.
	NoWorker bool
	// NoBuild starts the worker without a build ID. It then gets tasks at once, without
	// the seconds that Temporal needs to register a build and route tasks to it.
	NoBuild bool
	// Temporal must be running. Package embedded starts one.
	Temporal Temporal
	Log      *slog.Logger
}

// Temporal is a running Temporal: its host and port, a namespace with the search
// attributes, and the URL of its Web UI, which may be empty.
type Temporal struct{ Address, Namespace, WebUI string }

// Addresses are the URLs of a running stack, and its Temporal's host:port and
// namespace.
type Addresses struct{ API, Inbox, Login, WebUI, Temporal, Namespace string }

// ReservePorts replaces each port of 0 by a free one. It fails if a port is in use.
// Run calls it. A caller that needs the ports earlier may call it before.
func (o *Options) ReservePorts() (err error) {
	if o.Port, err = port.Reserve(o.Port, flags.PortFlag); err != nil {
		return err
	}
	if o.InboxPort, err = port.Reserve(o.InboxPort, flags.InboxPortFlag); err != nil {
		return err
	}
	o.LoginPort, err = port.Reserve(o.LoginPort, flags.LoginPortFlag)
	return err
}

// URL returns the URL of the API and its pages.
func (o *Options) URL() string { return local(o.Port) }

// Run runs the stack until the context ends, then stops it in order: first the
// API and the worker, then their servers. Run calls ready when all servers respond.
func Run(ctx context.Context, o Options, ready func(Addresses)) error {
	if err := o.ReservePorts(); err != nil {
		return err
	}
	if o.RedisURL == "" {
		stopRedis, err := o.startRedis()
		if err != nil {
			return err
		}
		defer stopRedis()
	}
	folder, err := inbox.Open(filepath.Join(o.Dir, "inbox"))
	if err != nil {
		return err
	}
	mails, err := inbox.Listen(folder)
	if err != nil {
		return err
	}
	defer mails.Close()
	settings, err := o.settings(mails.Address())
	if err != nil {
		return err
	}
	return o.runRoles(ctx, settings, folder, func() {
		ready(Addresses{API: settings.PublicURL, Inbox: local(o.InboxPort), Login: local(o.LoginPort), WebUI: o.Temporal.WebUI, Temporal: o.Temporal.Address, Namespace: o.Temporal.Namespace})
	})
}

func (o Options) runRoles(ctx context.Context, c config.Config, folder *inbox.Folder, ready func()) error {
	if err := bootstrap.Migrate(ctx, c); err != nil {
		return err
	}
	if err := storetest.Seed(ctx, c.DatabaseURL); err != nil {
		return err
	}
	if o.LargeOffice {
		if err := addLargeOffice(ctx, c); err != nil {
			return err
		}
	}
	events, err := openMailEvents(filepath.Join(o.Dir, "events.key"))
	if err != nil {
		return err
	}
	provider, err := o.openLogin(c)
	if err != nil {
		return err
	}
	defer provider.close()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return bootstrap.API(ctx, c, o.Log) })
	if !o.NoWorker {
		group.Go(func() error { return bootstrap.Worker(ctx, c, o.Log) })
		if c.Build != "" {
			group.Go(func() error { return release(ctx, c) })
		}
	}
	group.Go(func() error { return serve(ctx, "inbox", o.InboxPort, folder.Handler(events.reporter(c.PublicURL))) })
	group.Go(func() error { return serve(ctx, "login", o.LoginPort, provider) })
	group.Go(func() error {
		for _, url := range []string{c.PublicURL + "/readyz", local(o.InboxPort) + "/messages.json", local(o.LoginPort) + "/.well-known/openid-configuration"} {
			if err := awaitReady(ctx, url); err != nil {
				return err
			}
		}
		if ctx.Err() == nil {
			ready()
		}
		return nil
	})
	return group.Wait()
}

// release routes tasks to the worker's build after the worker has registered it.
func release(ctx context.Context, c config.Config) error {
	operator, closeOperator, err := bootstrap.Operator(ctx, c)
	if err != nil {
		return err
	}
	defer closeOperator()
	_, err = ops.Release(ctx, operator, c.Build, 0)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// startRedis runs a Redis in the process. ClockTTL makes its keys expire.
func (o *Options) startRedis() (stop func(), err error) {
	server := miniredis.NewMiniRedis()
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	server.ClockTTL(true)
	o.RedisURL = "redis://" + server.Addr()
	return server.Close, nil
}

func local(port int) string { return fmt.Sprintf("http://localhost:%d", port) }
