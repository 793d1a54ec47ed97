package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"countersign/internal/config"
	"countersign/internal/store"
	"countersign/ops"
)

// Operator connects to Temporal for operators' commands. Without keys, or while the
// database is unavailable, it connects without decryption; activation IDs in histories
// are then unreadable.
func Operator(ctx context.Context, c config.Config) (t *ops.Temporal, closeAll func(), err error) {
	options, err := c.TemporalClient()
	if err != nil {
		return nil, nil, err
	}
	options.Logger = temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))
	closeDatabase, err := addDecryption(ctx, c, &options)
	if err != nil {
		return nil, nil, err
	}
	connection, err := client.DialContext(ctx, options)
	if err != nil {
		closeDatabase()
		return nil, nil, fmt.Errorf("temporal: %w", err)
	}
	return ops.NewTemporal(connection, options.Namespace), func() { connection.Close(); closeDatabase() }, nil
}

// Reconciler connects to Temporal and to the database, to compare them.
func Reconciler(ctx context.Context, c config.Config) (t *ops.Temporal, db *store.Store, closeAll func(), err error) {
	if !c.HasEncryption() { // an execution would start with plain payloads
		return nil, nil, nil, errors.New("set COUNTERSIGN_DATABASE_URL and COUNTERSIGN_ENCRYPTION_KEYS as for the workers")
	}
	if db, err = store.Open(ctx, c.DatabaseURL, store.Existing()); err != nil {
		return nil, nil, nil, err
	}
	t, closeTemporal, err := Operator(ctx, c)
	if err != nil {
		db.Close()
		return nil, nil, nil, err
	}
	return t, db, func() { closeTemporal(); db.Close() }, nil
}

// addDecryption leaves the options unchanged without keys or without a database that has
// the data keys.
func addDecryption(ctx context.Context, c config.Config, options *client.Options) (closeDatabase func(), err error) {
	doNothing := func() {}
	if !c.HasEncryption() {
		return doNothing, nil
	}
	opening, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	db, err := store.Open(opening, c.DatabaseURL, store.Existing())
	if err != nil {
		return doNothing, nil
	}
	keys, err := encryption(db, c)
	if err == nil {
		err = keys.ConfigureClient(options)
	}
	if err != nil {
		db.Close()
		return doNothing, err
	}
	return func() { db.Close() }, nil
}
