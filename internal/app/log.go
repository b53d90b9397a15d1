package app

import (
	"context"
	"io"
	"log/slog"

	"github.com/accord-broker/accord/internal/support/config"
)

// NewLogger makes the logger that the settings ask for, writing to out.
func NewLogger(settings config.Log, out io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{}
	switch settings.Level {
	case "debug":
		options.Level = slog.LevelDebug
	case "warn":
		options.Level = slog.LevelWarn
	case "error":
		options.Level = slog.LevelError
	default:
		options.Level = slog.LevelInfo
	}
	if settings.Format == "json" {
		return slog.New(slog.NewJSONHandler(out, options))
	}
	return slog.New(slog.NewTextHandler(out, options))
}

// warnings passes on what the logger's keeper should look at, and drops the rest.
func warnings(logger *slog.Logger) *slog.Logger {
	return slog.New(aboveInfo{logger.Handler()})
}

type aboveInfo struct{ slog.Handler }

func (h aboveInfo) Enabled(ctx context.Context, level slog.Level) bool {
	return level > slog.LevelInfo && h.Handler.Enabled(ctx, level)
}

func (h aboveInfo) WithAttrs(attrs []slog.Attr) slog.Handler {
	return aboveInfo{h.Handler.WithAttrs(attrs)}
}

func (h aboveInfo) WithGroup(name string) slog.Handler {
	return aboveInfo{h.Handler.WithGroup(name)}
}
