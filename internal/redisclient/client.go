package redisclient

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// commandTimeout bounds a command whose context has no earlier deadline, such as a
// session's.
const commandTimeout = time.Second

// New returns a client that returns as soon as the caller's context ends. The
// library's defaults would wait five seconds for an unresponsive server and retry a
// refused connection for two.
func New(url string) (*redis.Client, error) {
	o, err := redis.ParseURL(url)
	if err != nil {
		// The cause may quote the URL, and with it the password.
		return nil, fmt.Errorf("redis: the URL is not valid: want redis://[user:password@]host:port[/database]")
	}
	o.ContextTimeoutEnabled = true
	o.MaxRetries = -1
	o.DialerRetries = 1
	o.DialTimeout = 500 * time.Millisecond
	o.ReadTimeout, o.WriteTimeout = commandTimeout, commandTimeout
	// Each of these costs a command per connection, and the product uses neither.
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(o), nil
}

// SetLogger sends the library's own messages, such as failed connections, to log
// instead of standard error. It applies to all clients of the process.
func SetLogger(log *slog.Logger) { redis.SetLogger(clientLogger{log}) }

type clientLogger struct{ log *slog.Logger }

func (l clientLogger) Printf(ctx context.Context, format string, values ...any) {
	l.log.WarnContext(ctx, "redis", "error", fmt.Sprintf(format, values...))
}
