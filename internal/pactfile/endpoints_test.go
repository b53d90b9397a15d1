package pactfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEndpoints_areThoseOfInteractionsOverHTTP(t *testing.T) {
	found := Endpoints(read(t, `{"interactions":[
		{"description":"a","request":{"method":"get","path":"/orders/1"}},
		{"description":"b","type":"Asynchronous/Messages","contents":{}},
		{"description":"c","type":"Synchronous/HTTP","request":{"method":"POST","path":"/orders"}},
		{"description":"d","request":{"method":"GET","path":"/orders/1","query":"x=1"}},
		{"description":"e","type":"Synchronous/Messages","request":{"contents":{}}},
		{"description":"f","request":{"method":7,"path":null}}],"messages":[{"description":"m"}]}`))
	require.Equal(t, []Endpoint{{"GET", "/orders/1", 0, 2}, {"POST", "/orders", 2, 1}}, found)
	for _, odd := range []string{`{}`, `{"interactions":"none"}`, `{"interactions":[7,null,"x",{"request":[]}]}`} {
		require.Empty(t, Endpoints(Body(odd)), odd)
	}
}

func TestEndpoints_areAtMostSoMany(t *testing.T) {
	var said []string
	for i := range endpointsAtMost + 10 {
		said = append(said, fmt.Sprintf(`{"request":{"method":"GET","path":"/%d"}}`, i))
	}
	said = append(said, `{"request":{"method":"GET","path":"/`+strings.Repeat("x", pathAtMost)+`"}}`, `{"request":{"method":"`+strings.Repeat("x", methodAtMost+1)+`","path":"/y"}}`)
	require.Len(t, Endpoints(Body(`{"interactions":[`+strings.Join(said, ",")+`]}`)), endpointsAtMost)
}

func TestSearchedEndpoint_fitsTheBetterTheCloser(t *testing.T) {
	order := Endpoint{Method: "GET", Path: "/Orders/42"}
	for text, want := range map[string]int{
		"GET /orders/42": exactly, "/orders/42": exactly, "get /orders/1": alike, "/orders/{id}": alike, "/orders/1?x=y": alike, "orders/7": alike, "GET /ord": beginsSo, "orders": withinIt, "GET": beginsSo,
		"POST /orders/42": 0, "/orders/new": 0, "/orders/1/lines": 0, "stock": 0, "": 0, "?": 0,
	} {
		require.Equal(t, want, SearchEndpoint(text).Fits(order), text)
	}
}
