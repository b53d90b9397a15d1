package edge_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
)

type viewed struct{}

// viewing answers whether it reads in a view: as a whole, and in a part.
func viewing(oneView bool) edge.Route {
	return edge.Route{Method: http.MethodGet, Path: "/viewing", Operation: "view", Action: access.Read, OneView: oneView, Handler: func(c *gin.Context) error {
		shown := map[string]any{"whole": c.Request.Context().Value(viewed{})}
		if err := edge.View(c, func() error {
			shown["part"] = c.Request.Context().Value(viewed{})
			return nil
		}); err != nil {
			return err
		}
		shown["after"] = c.Request.Context().Value(viewed{})
		return edge.HAL(c, http.StatusOK, shown)
	}}
}

func TestOneView_isForTheWholeAnswerOrAPartOfIt(t *testing.T) {
	inView := func(ctx context.Context, read func(context.Context) error) error {
		return read(context.WithValue(ctx, viewed{}, true))
	}
	for _, test := range []struct {
		oneView bool
		view    func(ctx context.Context, read func(context.Context) error) error
		want    string
	}{
		{false, inView, `{"whole":null,"part":true,"after":null}`},
		{true, inView, `{"whole":true,"part":true,"after":true}`},
		{true, nil, `{"whole":null,"part":null,"after":null}`},
	} {
		h := broker(edge.Options{API: []edge.Route{viewing(test.oneView)}, View: test.view})
		w := call(h, http.MethodGet, "/viewing", "")
		require.Equal(t, http.StatusOK, w.Code)
		require.JSONEq(t, test.want, w.Body.String())
	}
}

func TestOneView_thatCannotBeHadIsAFailure(t *testing.T) {
	broken := func(context.Context, func(context.Context) error) error { return errors.New("no view") }
	for _, oneView := range []bool{false, true} {
		h := broker(edge.Options{API: []edge.Route{viewing(oneView)}, View: broken})
		require.Equal(t, http.StatusInternalServerError, call(h, http.MethodGet, "/viewing", "").Code)
	}
}
