package engine

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"strings"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// What of the server's log is worth reading depends on where it stands: its
// services look for each other in vain while they come up, and complain of
// each other while they go down.
const (
	starting = slog.LevelError
	running  = slog.LevelWarn
	stopping = slog.Level(1000)
)

// gate lets through what is at its level or above.
type gate struct {
	slog.Handler
	level *slog.LevelVar
}

func (g gate) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= g.level.Level() && g.Handler.Enabled(ctx, level)
}

func (g gate) WithAttrs(attrs []slog.Attr) slog.Handler {
	return gate{g.Handler.WithAttrs(attrs), g.level}
}

func (g gate) WithGroup(name string) slog.Handler {
	return gate{g.Handler.WithGroup(name), g.level}
}

// logger is the server's idea of a log on top of slog.
type logger struct{ slog *slog.Logger }

var (
	_ log.Logger      = logger{}
	_ log.WithLogger  = logger{}
	_ log.SLogWrapper = logger{}
)

func (l logger) Debug(msg string, tags ...tag.Tag)  { l.log(slog.LevelDebug, msg, tags) }
func (l logger) Info(msg string, tags ...tag.Tag)   { l.log(slog.LevelInfo, msg, tags) }
func (l logger) Warn(msg string, tags ...tag.Tag)   { l.log(slog.LevelWarn, msg, tags) }
func (l logger) Error(msg string, tags ...tag.Tag)  { l.log(slog.LevelError, msg, tags) }
func (l logger) DPanic(msg string, tags ...tag.Tag) { l.log(slog.LevelError, msg, tags) }
func (l logger) With(tags ...tag.Tag) log.Logger    { return logger{l.slog.With(attrs(tags)...)} }
func (l logger) SLog() *slog.Logger                 { return l.slog }

func (l logger) Panic(msg string, tags ...tag.Tag) {
	l.log(slog.LevelError, msg, tags)
	panic(msg)
}

// Fatal ends the process: the server counts on not coming back from it.
func (l logger) Fatal(msg string, tags ...tag.Tag) {
	l.log(slog.LevelError, msg, tags)
	os.Exit(1)
}

// ofItself is what the server says of its own bookkeeping of builds, which it
// gets right by itself: whenever the first worker of a build comes, its queues
// are written down one after the other, and the second is told to try again.
func ofItself(msg string, tags []tag.Tag) bool {
	return strings.HasPrefix(msg, "TrailerToContextMetadataInterceptor:") ||
		slices.ContainsFunc(tags, func(t tag.Tag) bool {
			id, _ := t.Value().(string)
			return strings.HasPrefix(id, "temporal-sys-worker-deployment")
		})
}

func (l logger) log(level slog.Level, msg string, tags []tag.Tag) {
	if ctx := context.Background(); l.slog.Enabled(ctx, level) && !ofItself(msg, tags) {
		l.slog.Log(ctx, level, msg, attrs(tags)...)
	}
}

func attrs(tags []tag.Tag) []any {
	attrs := make([]any, len(tags))
	for i, t := range tags {
		attrs[i] = slog.Any(t.Key(), t.Value())
	}
	return attrs
}
