package edge

import (
	"context"

	"github.com/gin-gonic/gin"
)

// View lets what read reads with the context of the request be of one unchanging
// state of the broker. It is for the part of an answer that says which things are
// meant, where the handler goes on to wait: for others, or for memory.
func View(c *gin.Context, read func() error) error {
	view := requestStateOf(c.Request.Context()).view
	if view == nil {
		return read()
	}
	request := c.Request
	defer func() { c.Request = request }()
	return view(request.Context(), func(ctx context.Context) error {
		c.Request = request.WithContext(ctx)
		return read()
	})
}

// AnswerInOneView answers from one unchanging state of the broker. It keeps the answer
// back until the state has been let go of, so that a slow client holds nobody up.
func AnswerInOneView(c *gin.Context, handle HandlerFunc) error {
	buffered := bufferAnswer(c)
	defer buffered.release(c)
	if err := View(c, func() error { return handle(c) }); err != nil {
		return err
	}
	return buffered.send()
}
