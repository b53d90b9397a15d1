package app

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
)

// A statement that took long is told of with what asked it; the others are not.
func TestObserve_tellsWhoAskedWhatWasSlow(t *testing.T) {
	var log bytes.Buffer
	a := &App{logger: slog.New(slog.NewJSONHandler(&log, nil))}
	took := slowStatement
	h := edge.New(edge.Options{Logger: slog.New(slog.DiscardHandler), API: []edge.Route{{
		Method: "GET", Path: "/pacts/:name", Operation: "showPact", Action: access.Read,
		Handler: func(c *gin.Context) error {
			a.observe(c.Request.Context(), "SELECT *\n\t  FROM pacts", took)
			return edge.HAL(c, http.StatusOK, map[string]string{})
		},
	}}})
	ask := func() {
		r := httptest.NewRequest(http.MethodGet, "/pacts/Shop", nil)
		r.Header.Set("X-Request-Id", "me")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, http.StatusOK, w.Code)
	}
	ask()
	var told map[string]any
	require.NoError(t, json.Unmarshal(log.Bytes(), &told))
	delete(told, "time")
	require.Equal(t, map[string]any{
		"level": "WARN", "msg": "slow statement", "took_ms": 500.0, "statement": "SELECT * FROM pacts", "request_id": "me", "route": "/pacts/:name",
	}, told)
	log.Reset()
	took -= time.Millisecond
	ask()
	require.Empty(t, log.String())
}
