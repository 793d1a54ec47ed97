package harness

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"countersign/collaboration"
	"countersign/dev/clock"
	"countersign/internal/codec"
	"countersign/internal/config"
	"countersign/internal/eventually"
	"countersign/internal/store"
)

// temporalClient is opened at its first use and closed when its test ends.
type temporalClient struct {
	t    *testing.T
	mu   sync.Mutex
	open client.Client
	keys *store.Store
}

func (c *temporalClient) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open != nil {
		c.open.Close()
		c.keys.Close()
		c.open = nil
	}
}

// Temporal returns a client that encrypts and decrypts as the product does. It
// is open until the test of the stack ends.
func (o *Office) Temporal() client.Client {
	o.T.Helper()
	o.temporal.mu.Lock()
	defer o.temporal.mu.Unlock()
	if o.temporal.open == nil {
		keys, err := store.Open(o.temporal.t.Context(), o.DatabaseURL, store.MaxConns(1))
		NoError(o.T, err)
		c, err := dialTemporal(o.At.Temporal, o.At.Namespace, keys, o.EncryptionKeys)
		NoError(o.T, err)
		o.temporal.open, o.temporal.keys = c, keys
		o.temporal.t.Cleanup(o.temporal.close)
	}
	return o.temporal.open
}

// CloseTemporal closes the client and its connection to the database early, for
// tests that copy the database's file.
func (o *Office) CloseTemporal() { o.temporal.close() }

// dialTemporal returns a client with master keys, which are written as in the
// setting COUNTERSIGN_ENCRYPTION_KEYS.
func dialTemporal(address, namespace string, keys *store.Store, masterKeys string) (client.Client, error) {
	var masters []codec.MasterKey
	for one := range strings.SplitSeq(masterKeys, ",") {
		var k config.MasterKey
		if err := k.UnmarshalText([]byte(one)); err != nil {
			return nil, err
		}
		masters = append(masters, codec.MasterKey{ID: k.ID, Key: k.Key})
	}
	c, err := codec.New(keys, masters...)
	if err != nil {
		return nil, err
	}
	options := TemporalOptions(address, namespace)
	if err := c.ConfigureClient(&options); err != nil {
		return nil, err
	}
	return client.Dial(options)
}

// ReplayerOptions are those of a replayer that reads payloads as a worker of the product.
func ReplayerOptions(t *testing.T) worker.WorkflowReplayerOptions {
	t.Helper()
	c, err := codec.New(nil, codec.MasterKey{ID: "unused", Key: make([]byte, 32)})
	NoError(t, err)
	var options client.Options
	NoError(t, c.ConfigureClient(&options))
	return worker.WorkflowReplayerOptions{DataConverter: options.DataConverter, FailureConverter: options.FailureConverter}
}

// TemporalWithoutKeys returns a client that sees payloads as Temporal stores them.
// The caller closes it.
func (o *Office) TemporalWithoutKeys() client.Client {
	o.T.Helper()
	c, err := client.Dial(TemporalOptions(o.At.Temporal, o.At.Namespace))
	NoError(o.T, err)
	return c
}

// TemporalOptions are those of a client that logs nothing.
func TemporalOptions(address, namespace string) client.Options {
	return client.Options{HostPort: address, Namespace: namespace, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))}
}

// FastForward moves the clock of one activation's workflow execution to a time.
func (o *Office) FastForward(id collaboration.ActivationID, to time.Time) {
	o.T.Helper()
	workflow := clock.Workflow{Client: o.Temporal(), Namespace: o.At.Namespace, ID: id.WorkflowID()}
	ctx := eventually.Context(o.T)
	now, err := workflow.Now(ctx)
	NoError(o.T, err)
	NoError(o.T, workflow.FastForward(ctx, to.Sub(now)))
}
