package redisclient_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"countersign/internal/eventually"
	"countersign/internal/redisclient"
)

// client returns a client with timeouts that a busy machine does not reach.
func client(t *testing.T, url string) *redis.Client {
	t.Helper()
	rdb, err := redisclient.New(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rdb.Close() })
	o := rdb.Options()
	o.ReadTimeout, o.WriteTimeout = eventually.Deadline, eventually.Deadline
	return rdb
}

func TestNew_ReadsURL(t *testing.T) {
	t.Parallel()
	rdb, err := redisclient.New("rediss://user:secret@cache.example:6380/2")
	if err != nil {
		t.Fatal(err)
	}
	defer rdb.Close()
	o := rdb.Options()
	if !o.ContextTimeoutEnabled || o.MaxRetries > 0 || o.DialerRetries != 1 || o.DialTimeout > time.Second || o.ReadTimeout != time.Second || o.WriteTimeout != time.Second || o.DB != 2 || o.TLSConfig == nil {
		t.Errorf("options %+v", o)
	}
}

func TestNew_DoesNotQuoteInvalidURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "localhost:6379", "http://user:secret@cache.example", "redis://user:secret@cache.example:port"} {
		if _, err := redisclient.New(url); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %v", url, err)
		}
	}
}

// Session commands have no deadline of their own.
func TestNew_BoundsCommandsWithoutDeadline(t *testing.T) {
	t.Parallel()
	rdb, err := redisclient.New("redis://" + unresponsiveServer(t))
	if err != nil {
		t.Fatal(err)
	}
	defer rdb.Close()
	result := make(chan error, 1)
	go func() { result <- rdb.Get(context.Background(), "x").Err() }()
	if err := eventually.Receive(t, "the command times out", result); err == nil {
		t.Error("got an answer")
	}
}

// unresponsiveServer returns the address of a server that reads and never answers.
func unresponsiveServer(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer conn.Close(); io.Copy(io.Discard, conn) }()
		}
	}()
	return l.Addr().String()
}
