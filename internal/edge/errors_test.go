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

	"github.com/accord-broker/accord/internal/access"
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

// Whoever reads the log of the broker must not be able to sign in with what stands there.
func TestNew_writesNoTokenIntoTheLog(t *testing.T) {
	var log bytes.Buffer
	secret := access.NewSecret()
	h := broker(edge.Options{Logger: slog.New(slog.NewTextHandler(&log, nil)), API: []edge.Route{
		{Method: "GET", Path: "/things/:name", Handler: func(*gin.Context) error { return fmt.Errorf("write %s: disk full", secret) }},
		{Method: "POST", Path: "/things", Handler: func(*gin.Context) error {
			return fault.InvalidField("name", "must not be %s", secret)
		}},
	}})
	for target, status := range map[string]int{"/things/" + secret: 400, "/things//" + secret: 404, "/things/x?" + secret: 400, "/things/x": 500} {
		w := call(h, "GET", target, "", "X-Request-Id: "+secret)
		require.Equal(t, status, w.Code, target)
		require.NotContains(t, w.Body.String()+fmt.Sprint(w.Header()), secret, target)
	}
	require.NotContains(t, call(h, secret, "/things/x", "").Body.String(), secret, "as a method")
	require.NotContains(t, call(h, secret, "/api/v1/things", "").Body.String(), secret, "as a method")
	w := call(h, "POST", "/things", "{}", "Content-Type: application/json")
	require.Equal(t, http.StatusBadRequest, w.Code)
	require.Contains(t, w.Body.String(), "must not be "+access.Shown(secret)+"*****")
	require.Contains(t, log.String(), "path=/things/"+access.Shown(secret)+"*****")
	require.Contains(t, log.String(), "write "+access.Shown(secret)+"*****: disk full")
	require.NotContains(t, log.String(), secret)
}
