package cache

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// CheckRedis is the server's version, once it has taken a key and given it
// back. The version is "" where we may not ask for it.
func CheckRedis(ctx context.Context, r *redis.Client) (version string, err error) {
	if err := r.Ping(ctx).Err(); err != nil {
		return "", err
	}
	key := "countersign:check:" + rand.Text()
	if err := r.Set(ctx, key, "", 10*time.Second).Err(); err != nil {
		return "", err
	}
	if err := r.Del(ctx, key).Err(); err != nil {
		return "", err
	}
	about, err := r.InfoMap(ctx, "server").Result()
	if err != nil {
		return "", nil
	}
	return strings.TrimSpace(about["Server"]["redis_version"]), nil
}
