package app_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestConditions_letOneOfManyMakeAThing(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for _, address := range []string{"/pacticipants/web/versions/1", "/api/v1/teams/shop", "/pacticipants/web/versions/1/tags/prod"} {
			count := testbroker.StatusesAtOnce(8, func(int) testbroker.Response {
				return b.Put(address, map[string]any{}, testbroker.Header("If-None-Match", "*"))
			})
			require.Equal(t, map[int]int{http.StatusCreated: 1, http.StatusPreconditionFailed: 7}, count, address)
		}
	})
}

func TestConditions_letOneOfManyChangeWhatAllHaveSeen(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("web", "1")
		b.Put("/api/v1/teams/shop", map[string]any{}).OK(http.StatusCreated)
		for address, change := range map[string]func(i int, seen testbroker.Change) testbroker.Response{
			"/pacticipants/web": func(i int, seen testbroker.Change) testbroker.Response {
				return b.Patch("/pacticipants/web", map[string]any{"displayName": "Web " + strconv.Itoa(i)}, seen)
			},
			"/api/v1/teams/shop": func(i int, seen testbroker.Change) testbroker.Response {
				return b.Put("/api/v1/teams/shop", map[string]any{"contact": "#shop-" + strconv.Itoa(i)}, seen)
			},
		} {
			seen := testbroker.Header("If-Match", b.Get(address).Header.Get("ETag"))
			count := testbroker.StatusesAtOnce(8, func(i int) testbroker.Response { return change(i, seen) })
			require.Equal(t, map[int]int{http.StatusOK: 1, http.StatusPreconditionFailed: 7}, count, address)
		}
	})
}

func TestConditions_keepWhatSomebodyElseHasChanged(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		id := b.Environment("test")
		address := "/environments/" + id
		old := b.Get(address).Header.Get("ETag")
		b.Put(address, map[string]any{"name": "test", "displayName": "Test", "production": false}).OK(http.StatusOK)
		b.Delete(address, testbroker.Header("If-Match", old)).OK(http.StatusPreconditionFailed)
		b.Get(address).OK(http.StatusOK)
		b.Delete(address, testbroker.Header("If-Match", b.Get(address).Header.Get("ETag"))).OK(http.StatusNoContent)
		b.Delete(address, testbroker.Header("If-Match", "*")).OK(http.StatusPreconditionFailed)
	})
}
