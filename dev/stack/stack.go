package stack

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"

	"github.com/alicebob/miniredis/v2"
	"golang.org/x/sync/errgroup"

	"countersign/dev/engine"
	"countersign/internal/config"
	"countersign/ops"
	"countersign/roles"
)

// Options say where the stack keeps its state and where it listens. A port of
// 0 is any free one.
type Options struct {
	Dir       string
	Port      int
	InboxPort int
	LoginPort int
	// DatabaseURL and RedisURL are real ones to use instead of the embedded.
	DatabaseURL string
	RedisURL    string
	// NoWorker leaves the worker to be run elsewhere.
	NoWorker bool
	Engine   engine.Config
	Log      *slog.Logger
}

const (
	portFlag      = "port"
	inboxPortFlag = "inbox-port"
	loginPortFlag = "login-port"
)

// RegisterFlags puts the options on the command line.
func (o *Options) RegisterFlags(flags *flag.FlagSet) {
	flags.StringVar(&o.Dir, "data", ".countersign", "folder that everything is kept in; delete it to begin afresh")
	flags.IntVar(&o.Port, portFlag, 8080, "port of the API and its pages")
	flags.IntVar(&o.InboxPort, inboxPortFlag, 8025, "port of the inbox")
	flags.IntVar(&o.LoginPort, loginPortFlag, 8081, "port of the login")
	flags.StringVar(&o.DatabaseURL, "database", "", "a PostgreSQL to keep the facts in, postgres://…; SQLite where left out")
	flags.StringVar(&o.RedisURL, "redis", "", "a Redis to cache in, redis://…; an embedded one where left out")
	o.Engine.RegisterFlags(flags)
}

// Addresses are where a running stack is reached, as URLs, and the engine as
// host:port.
type Addresses struct{ API, Inbox, Login, WebUI, Engine string }

// Run runs the stack until the context ends, then stops it in order: first
// what works, then what it works with. ready is called when all of it answers.
func Run(ctx context.Context, o Options, ready func(Addresses)) error {
	var err error
	if o.Port, err = engine.Reserve(o.Port, portFlag); err != nil {
		return err
	}
	if o.InboxPort, err = engine.Reserve(o.InboxPort, inboxPortFlag); err != nil {
		return err
	}
	if o.LoginPort, err = engine.Reserve(o.LoginPort, loginPortFlag); err != nil {
		return err
	}
	o.Engine.Dir, o.Engine.Logger, o.Engine.Product = filepath.Join(o.Dir, "engine"), o.Log, local(o.Port)
	e, err := engine.Start(ctx, o.Engine)
	if err != nil {
		return err
	}
	defer e.Stop()
	if o.RedisURL == "" {
		stopRedis, err := o.startRedis()
		if err != nil {
			return err
		}
		defer stopRedis()
	}
	settings, err := o.settings(e)
	if err != nil {
		return err
	}
	return o.runRoles(ctx, settings, func() {
		ready(Addresses{API: settings.PublicURL, Inbox: local(o.InboxPort), Login: local(o.LoginPort), WebUI: webUI(e), Engine: e.Address()})
	})
}

func (o Options) runRoles(ctx context.Context, c config.Config, ready func()) error {
	if err := roles.Migrate(ctx, c); err != nil {
		return err
	}
	if err := roles.Seed(ctx, c); err != nil {
		return err
	}
	events, err := openMailEvents(filepath.Join(o.Dir, "events.key"))
	if err != nil {
		return err
	}
	people, err := o.openLogin(ctx, c)
	if err != nil {
		return err
	}
	defer people.close()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return roles.API(ctx, c, o.Log) })
	if !o.NoWorker {
		group.Go(func() error { return roles.Worker(ctx, c, o.Log) })
		group.Go(func() error { return release(ctx, c) })
	}
	group.Go(func() error { return serveInbox(ctx, c.InboxDir, o.InboxPort, events.tell(c.PublicURL)) })
	group.Go(func() error { return serve(ctx, "login", o.LoginPort, people) })
	group.Go(func() error {
		if err := awaitReady(ctx, c.PublicURL+"/readyz"); err != nil {
			return err
		}
		if ctx.Err() == nil {
			ready()
		}
		return nil
	})
	return group.Wait()
}

// release has the worker be given tasks, once it asks for them.
func release(ctx context.Context, c config.Config) error {
	operator, leave, err := roles.Operator(ctx, c)
	if err != nil {
		return err
	}
	defer leave()
	_, err = ops.Release(ctx, operator, c.Build, 0)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// startRedis runs a Redis in the process. Its clock is moved along, or what it
// holds would never expire.
func (o *Options) startRedis() (stop func(), err error) {
	server := miniredis.NewMiniRedis()
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	server.ClockTTL(true)
	o.RedisURL = "redis://" + server.Addr()
	return server.Close, nil
}

// webUI is at the same host name as the product, for which a browser keeps its
// session.
func webUI(e *engine.Engine) string {
	_, port, err := net.SplitHostPort(e.UIAddress())
	if err != nil { // there is none
		return ""
	}
	return "http://localhost:" + port
}

func local(port int) string { return fmt.Sprintf("http://localhost:%d", port) }
