package cache

import (
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// NewRedis makes a client that gives up as soon as its caller's context does.
// The client's defaults would wait five seconds for a silent server and retry
// a dead one for two.
func NewRedis(url string) (*redis.Client, error) {
	o, err := redis.ParseURL(url)
	if err != nil {
		// The cause may quote the URL, and with it the password.
		return nil, fmt.Errorf("redis: the URL is not valid: want redis://[user:password@]host:port[/database]")
	}
	o.ContextTimeoutEnabled = true
	o.MaxRetries = -1
	o.DialerRetries = 1
	o.DialTimeout = 500 * time.Millisecond
	// Neither changes what we do; both cost a command at every connection.
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(o), nil
}
