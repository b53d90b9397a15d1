package api

import (
	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
)

// bodyKey is where a body waits for the handler once it was read.
const bodyKey = "body"

// readsBody makes a check that reads a body and finds what is wrong with it before
// anything else is looked at. The handler takes what was read with bodyOf, so that
// nothing is parsed twice. A body of a type that the route does not take is left
// to the handler, since 415 comes last.
func readsBody[T any](read func(*gin.Context) (T, error)) edge.HandlerFunc {
	return func(c *gin.Context) error {
		if edge.RequireMedia(c) != nil {
			return nil
		}
		body, err := read(c)
		c.Set(bodyKey, body)
		return err
	}
}

// bodyOf is the body that the route's check has read. It answers 415 as
// edge.RequireMedia does.
func bodyOf[T any](c *gin.Context) (body T, err error) {
	if err := edge.RequireMedia(c); err != nil {
		return body, err
	}
	body, _ = c.MustGet(bodyKey).(T)
	return body, nil
}
