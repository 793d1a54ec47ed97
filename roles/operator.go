package roles

import (
	"context"
	"fmt"
	"log/slog"

	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"countersign/internal/config"
	"countersign/ops"
)

// Operator reaches the engine and nothing else, for operators' own commands.
func Operator(ctx context.Context, c config.Config) (engine ops.Engine, leave func(), err error) {
	options, err := c.Engine()
	if err != nil {
		return nil, nil, err
	}
	options.Logger = temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))
	reached, err := client.DialContext(ctx, options)
	if err != nil {
		return nil, nil, fmt.Errorf("engine: %w", err)
	}
	return ops.NewTemporal(reached, options.Namespace), reached.Close, nil
}
