package api

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
)

var networkTypes = []string{edge.CSV}

func (a *API) listRelationships(c *gin.Context) error {
	pairs, err := a.Dashboard.Relationships(c.Request.Context())
	if err != nil {
		return err
	}
	return writeNetwork(c, pairs)
}

func (a *API) showGroup(c *gin.Context) error {
	asked, _ := edge.QueryValue(c, "maxPacticipants")
	most, _ := strconv.Atoi(asked) // what is no number limits nothing, as in the original
	pairs, err := a.Dashboard.Group(c.Request.Context(), edge.Param(c, "pacticipant"), max(0, most))
	if err != nil {
		return err
	}
	return writeNetwork(c, pairs)
}

// writeNetwork shows who uses whom as lines for a chart: the number and the name
// of an application, three figures that the original never varies, its place,
// and the numbers of its providers, filled up with zeros.
func writeNetwork(c *gin.Context, pairs []dashboard.Pair) error {
	const places = 6
	var lines [][]string
	line := map[int64]int{}
	place := func(id int64, name string) int {
		if _, known := line[id]; !known {
			line[id] = len(lines)
			lines = append(lines, []string{strconv.FormatInt(id, 10), name, "1", "1", "0", strconv.Itoa(len(lines) + 1)})
		}
		return line[id]
	}
	width := places
	for _, p := range pairs {
		consumer := place(p.ConsumerID, p.Consumer)
		place(p.ProviderID, p.Provider)
		lines[consumer] = append(lines[consumer], strconv.FormatInt(p.ProviderID, 10))
		width = max(width, len(lines[consumer]))
	}
	for i := range lines {
		for len(lines[i]) < width {
			lines[i] = append(lines[i], "0")
		}
	}
	var text strings.Builder
	if err := csv.NewWriter(&text).WriteAll(lines); err != nil {
		return err
	}
	return edge.Text(c, http.StatusOK, edge.CSV, text.String())
}
