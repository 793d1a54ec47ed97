package cache

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// longest is how long a command may take whose caller has all the time there is:
// a session's, where the server is frozen.
const longest = time.Second

// NewRedis makes a client that gives up as soon as its caller's context does.
// The client's defaults would wait five seconds for a silent server and retry
// a dead one for two.
func NewRedis(url string) (*redis.Client, error) {
	o, err := options(url)
	if err != nil {
		return nil, err
	}
	return redis.NewClient(o), nil
}

func options(url string) (*redis.Options, error) {
	o, err := redis.ParseURL(url)
	if err != nil {
		// The cause may quote the URL, and with it the password.
		return nil, fmt.Errorf("redis: the URL is not valid: want redis://[user:password@]host:port[/database]")
	}
	o.ContextTimeoutEnabled = true
	o.MaxRetries = -1
	o.DialerRetries = 1
	o.DialTimeout = 500 * time.Millisecond
	o.ReadTimeout, o.WriteTimeout = longest, longest
	// Neither changes what we do; both cost a command at every connection.
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o, nil
}

// LogTo has the client say what it says by itself, of connections that fail, in
// our log; it would write to the standard error otherwise. It is the same for all
// clients of a process.
func LogTo(log *slog.Logger) { redis.SetLogger(clientLog{log}) }

type clientLog struct{ log *slog.Logger }

func (l clientLog) Printf(ctx context.Context, format string, values ...any) {
	l.log.WarnContext(ctx, "redis", "error", fmt.Sprintf(format, values...))
}
