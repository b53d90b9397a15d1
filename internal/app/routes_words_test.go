package app_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/api"
	v1 "github.com/accord-broker/accord/internal/edge/v1"
)

// TestRoutes_areReachedWhateverThingsAreCalled calls things like the words that
// stand in their place in other addresses.
func TestRoutes_areReachedWhateverThingsAreCalled(t *testing.T) {
	routes := slices.Concat((&api.API{}).Routes(), (&v1.API{}).Routes())
	patterns := map[string][]string{}
	for _, route := range routes {
		patterns[route.Path] = strings.Split(route.Path, "/")
	}
	var reached string
	served := make([]edge.Route, len(routes))
	for i, route := range routes {
		served[i] = edge.Route{Method: route.Method, Path: route.Path, Offers: []string{edge.Anything}, Handler: func(c *gin.Context) error {
			reached = route.Path
			c.Status(http.StatusNoContent)
			return nil
		}}
	}
	handler := edge.New(edge.Options{API: served, Logger: slog.New(slog.DiscardHandler)})
	for _, route := range routes {
		for i, segment := range patterns[route.Path] {
			if !strings.HasPrefix(segment, ":") {
				continue
			}
			for _, word := range wordsAt(patterns, i, patterns[route.Path]) {
				path := slices.Clone(patterns[route.Path])
				path[i] = word
				address := parameter.ReplaceAllString(strings.Join(path, "/"), "x-$1")
				if takenBy(patterns, path, i) {
					continue // the word wins, with the methods that are its own
				}
				reached = ""
				handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(route.Method, address, nil))
				require.Equal(t, route.Path, reached, "%s %s", route.Method, address)
			}
		}
	}
}

// takenBy reports whether another address has the word at that place and fits the
// whole path.
func takenBy(patterns map[string][]string, path []string, at int) bool {
	for _, other := range patterns {
		if len(other) == len(path) && other[at] == path[at] && !slices.ContainsFunc(indices(path), func(i int) bool {
			return other[i] != path[i] && !strings.HasPrefix(other[i], ":")
		}) {
			return true
		}
	}
	return false
}

func indices(path []string) []int {
	all := make([]int, len(path))
	for i := range all {
		all[i] = i
	}
	return all
}

// wordsAt are the words that other addresses have where this one has a name.
func wordsAt(patterns map[string][]string, at int, of []string) []string {
	var words []string
	for _, other := range patterns {
		if len(other) > at && slices.Equal(other[:at], of[:at]) && other[at] != "" && !strings.HasPrefix(other[at], ":") && !slices.Contains(words, other[at]) {
			words = append(words, other[at])
		}
	}
	return words
}
