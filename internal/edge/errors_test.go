package edge_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// slow is an API whose only address ends as its context does.
func slow(log *bytes.Buffer) http.Handler {
	return broker(edge.Options{Logger: slog.New(slog.NewTextHandler(log, nil)), API: []edge.Route{
		{Method: "GET", Path: "/", Handler: func(c *gin.Context) error {
			return fmt.Errorf("read everything: %w", context.Cause(c.Request.Context()))
		}},
	}})
}

func TestNew_tellsClientsToComeBackWhenTimeRanOut(t *testing.T) {
	var log bytes.Buffer
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(context.DeadlineExceeded)
	w := httptest.NewRecorder()
	slow(&log).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Equal(t, "5", w.Header().Get("Retry-After"))
	require.Equal(t, `{"error":"The broker could not finish this in time. Try again."}`, w.Body.String())
}

func TestNew_doesNotCountClientsThatLeaveAsItsOwnMistakes(t *testing.T) {
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	slow(&log).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
	require.Contains(t, log.String(), "status=499")
	require.NotContains(t, log.String(), "level=ERROR")
}

func TestNew_logsWhatToDoAboutAFailureThatMayPass(t *testing.T) {
	var log bytes.Buffer
	away := fault.New(fault.Unavailable, "The disk is full.").Because(errors.New("no space left")).Remedied("Free space.")
	h := broker(edge.Options{Logger: slog.New(slog.NewTextHandler(&log, nil)), API: []edge.Route{
		{Method: "GET", Path: "/", Handler: func(*gin.Context) error { return fmt.Errorf("read everything: %w", away) }},
	}})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Equal(t, "5", w.Header().Get("Retry-After"))
	require.Equal(t, `{"error":"The disk is full."}`, w.Body.String())
	require.Contains(t, log.String(), `error="The disk is full. (no space left)"`)
	require.Contains(t, log.String(), `remedy="Free space."`)
}
