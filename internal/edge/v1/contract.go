package v1

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	broker "github.com/accord-broker/accord"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/openapi"
)

// pathParameter is how the table of routes writes what openapi.yaml writes {so}.
var pathParameter = regexp.MustCompile(`:(\w+)`)

// readContract reads openapi.yaml when the first request needs it.
var readContract = sync.OnceValues(func() (*openapi.Requests, error) {
	document, err := openapi.Read(broker.OpenAPI)
	if err != nil {
		return nil, err
	}
	return document.Requests(), nil
})

// checkRequest returns an Invalid fault that names each part of the request
// that does not follow the contract, in the order of their names.
func checkRequest(c *gin.Context, method, path string) error {
	contract, err := readContract()
	if err != nil {
		return err
	}
	operation, err := contract.Operation(method, pathParameter.ReplaceAllString(path, "{$1}"))
	if err != nil {
		return err
	}
	wrong := operation.CheckQuery(c.Request.URL.RawQuery, pairsOf(c))
	for i := range wrong {
		wrong[i].In = fault.Query
	}
	if operation.Takes(openapi.JSON) && strings.Contains(c.ContentType(), "json") {
		body, err := edge.Body(c)
		if err != nil {
			return err
		}
		wrong = append(wrong, operation.CheckBody(openapi.JSON, body)...)
	}
	if len(wrong) > 0 {
		slices.SortStableFunc(wrong, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
		return fault.InvalidFields(wrong...)
	}
	return nil
}

func pairsOf(c *gin.Context) []openapi.Pair {
	query := edge.Query(c)
	pairs := make([]openapi.Pair, len(query))
	for i, pair := range query {
		pairs[i] = openapi.Pair{Key: pair.Key, Value: pair.Value}
	}
	return pairs
}
