package app

import (
	"io"
	"log/slog"

	"accord/internal/support/config"
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
