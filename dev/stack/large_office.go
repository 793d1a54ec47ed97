package stack

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"countersign/dev/largeoffice"
	"countersign/internal/auditkey"
	"countersign/internal/codec"
	"countersign/internal/config"
	"countersign/internal/store"
)

// addLargeOffice fills the database once, before the API and the worker start.
func addLargeOffice(ctx context.Context, c config.Config) error {
	database, err := store.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	defer database.Close()
	signer, err := auditkey.New([][]byte{c.AuditKeys[0]}, nil)
	if err != nil {
		return err
	}
	database.SignAudit(signer)
	temporal, err := dialTemporal(ctx, c, database)
	if err != nil {
		return err
	}
	defer temporal.Close()
	if err := largeoffice.Load(ctx, c.DatabaseURL, database, temporal, time.Now()); err != nil {
		return fmt.Errorf("add the large office: %w", err)
	}
	return nil
}

// dialTemporal returns a client that encrypts payloads as the product does.
func dialTemporal(ctx context.Context, c config.Config, database *store.Store) (client.Client, error) {
	options, err := c.TemporalClient()
	if err != nil {
		return nil, err
	}
	var masters []codec.MasterKey
	for _, k := range c.EncryptionKeys {
		masters = append(masters, codec.MasterKey{ID: k.ID, Key: k.Key})
	}
	keys, err := codec.New(database, masters...)
	if err != nil {
		return nil, err
	}
	if err := keys.ConfigureClient(&options); err != nil {
		return nil, err
	}
	options.Logger = log.NewStructuredLogger(slog.New(slog.DiscardHandler))
	return client.DialContext(ctx, options)
}
