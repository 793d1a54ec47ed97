package redisclient

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Check writes and deletes a key, and returns the server's version. The version is
// empty if the user may not run INFO.
func Check(ctx context.Context, r *redis.Client) (version string, err error) {
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
	info, err := r.InfoMap(ctx, "server").Result()
	if err != nil {
		return "", nil
	}
	return strings.TrimSpace(info["Server"]["redis_version"]), nil
}
