package temporalserver

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"strings"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// The lowest level that is logged in each phase. While the server starts, its
// services warn that they cannot reach each other yet. While it stops, they report
// each other's absence as errors.
const (
	levelAtStart      = slog.LevelError
	levelWhileRunning = slog.LevelWarn
	levelAtStop       = slog.Level(1000) // above every level: logs nothing
)

// levelHandler discards records below a level that can change.
type levelHandler struct {
	slog.Handler
	level *slog.LevelVar
}

func (h levelHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level.Level() && h.Handler.Enabled(ctx, level)
}

func (h levelHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return levelHandler{h.Handler.WithAttrs(attrs), h.level}
}

func (h levelHandler) WithGroup(name string) slog.Handler {
	return levelHandler{h.Handler.WithGroup(name), h.level}
}

// logger implements the server's logging interfaces with slog.
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

// Fatal exits the process, because the server expects that Fatal does not return.
func (l logger) Fatal(msg string, tags ...tag.Tag) {
	l.log(slog.LevelError, msg, tags)
	os.Exit(1)
}

// isBenignServerLog reports whether a record is about the server's registration of
// worker builds. When the first worker of a build polls, the server registers its
// task queues one after the other, logs a conflict for the second, and retries.
func isBenignServerLog(msg string, tags []tag.Tag) bool {
	return strings.HasPrefix(msg, "TrailerToContextMetadataInterceptor:") ||
		slices.ContainsFunc(tags, func(t tag.Tag) bool {
			id, _ := t.Value().(string)
			return strings.HasPrefix(id, "temporal-sys-worker-deployment")
		})
}

func (l logger) log(level slog.Level, msg string, tags []tag.Tag) {
	if ctx := context.Background(); l.slog.Enabled(ctx, level) && !isBenignServerLog(msg, tags) {
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
