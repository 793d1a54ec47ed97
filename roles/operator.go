package roles

import (
	"context"
	"fmt"
	"log/slog"

	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"countersign/internal/config"
	"countersign/internal/store"
	"countersign/ops"
)

// Operator reaches the engine, for operators' own commands. It needs nothing else:
// where the keys are not configured, or the database is away, it goes without
// encryption, and says of what it cannot read that it is encrypted.
func Operator(ctx context.Context, c config.Config) (engine *ops.Temporal, leave func(), err error) {
	options, err := c.Engine()
	if err != nil {
		return nil, nil, err
	}
	options.Logger = temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))
	closeFacts, err := protect(ctx, c, &options)
	if err != nil {
		return nil, nil, err
	}
	reached, err := client.DialContext(ctx, options)
	if err != nil {
		closeFacts()
		return nil, nil, fmt.Errorf("engine: %w", err)
	}
	return ops.NewTemporal(reached, options.Namespace), func() { reached.Close(); closeFacts() }, nil
}

// protect leaves a client as it is where there are no keys, or no database to
// look them up in.
func protect(ctx context.Context, c config.Config, options *client.Options) (closeFacts func(), err error) {
	nothing := func() {}
	if !c.Encrypts() {
		return nothing, nil
	}
	opening, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	facts, err := store.Open(opening, c.DatabaseURL, store.Existing())
	if err != nil {
		return nothing, nil
	}
	keys, err := encryption(facts, c)
	if err == nil {
		err = keys.Protect(options)
	}
	if err != nil {
		facts.Close()
		return nothing, err
	}
	return func() { facts.Close() }, nil
}
