package api

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/matrix"
)

// verdictText shows a verdict as a table of fixed width and two lines.
func verdictText(v matrix.Verdict) string {
	verdict := map[matrix.Answer]string{matrix.Yes: "true", matrix.No: "false", matrix.Unknown: "nil"}[v.Deployable]
	return fmt.Sprintf("%s\n\nDeployable: %s\nReason: %s\n", matrixTable(v), verdict, reasonText(v))
}

func matrixTable(v matrix.Verdict) string {
	rows := append(v.Rows[:len(v.Rows):len(v.Rows)], v.Ignored...)
	if len(rows) == 0 {
		return "No data."
	}
	table := [][]string{{"CONSUMER", "C_VERSION", "REVISION", "PROVIDER", "P_VERSION", "NUMBER", "SUCCESS"}}
	for _, r := range rows {
		line := []string{r.Pact.Consumer, r.Pact.VersionNumber, strconv.Itoa(r.Pact.Revision), r.Pact.Provider, r.Provider.Number, "", ""}
		if r.Result != nil {
			line[5], line[6] = strconv.FormatInt(r.Result.Number, 10), strconv.FormatBool(r.Result.Success)
			if r.Result.Compared {
				line[5] = "compared"
			}
		}
		table = append(table, line)
	}
	return aligned(table)
}

// aligned writes a table with columns as wide as their widest cell, and a line
// below its heads.
func aligned(table [][]string) string {
	widths := make([]int, len(table[0]))
	for _, line := range table {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var lines []string
	for i, line := range table {
		cells, dashes := make([]string, len(line)), make([]string, len(line))
		for j, cell := range line {
			cells[j] = cell + strings.Repeat(" ", widths[j]-utf8.RuneCountInString(cell))
			dashes[j] = strings.Repeat("-", widths[j])
		}
		lines = append(lines, strings.TrimRight(strings.Join(cells, " | "), " "))
		if i == 0 {
			lines = append(lines, strings.Join(dashes, "-|-"))
		}
	}
	return strings.Join(lines, "\n")
}
