package comparison

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOperations_areListedByPathAndMethod(t *testing.T) {
	d, err := ReadDocument([]byte("openapi: 3.0.3\npaths:\n  /b/{id}:\n    put: {}\n    get: {summary: One of them}\n  /a:\n    post: {}\n"))
	require.NoError(t, err)
	require.Equal(t, []Operation{{Method: "POST", Path: "/a"}, {Method: "GET", Path: "/b/{id}", Summary: "One of them"}, {Method: "PUT", Path: "/b/{id}"}}, d.Operations())
	events, err := ReadDocument([]byte("asyncapi: 3.0.0\nchannels: {}\n"))
	require.NoError(t, err)
	require.Empty(t, events.Operations())
}
