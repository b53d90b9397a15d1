package canideploy

import (
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// The words in the column RESULT, by outcome.
var outcomeWords = [...]string{unverified: "not verified", failed: "failed", succeeded: "success", ignored: "ignored"}

var outcomePaints = [...]paint{unverified: yellow, failed: red, succeeded: green, ignored: plain}

// drawTable draws the rows. In a terminal it has borders and fits the width: commit
// hashes are shortened, and what is still too long goes on in the next line. In a
// pipe it has neither borders nor limits. By what rows were judged is a column only
// where a comparison has judged one.
func drawTable(s screen, rows []matrixRow, numbers []int) string {
	cells := [][]string{{"CONSUMER", "VERSION", "PROVIDER", "VERSION", "RESULT"}}
	for _, r := range rows {
		cells = append(cells, []string{
			orDash(r.Consumer.Name), orDash(s.shorten(r.Consumer.number())),
			orDash(r.Provider.Name), s.providerVersion(r), outcomeWords[r.outcome()],
		})
	}
	if slices.ContainsFunc(rows, func(r matrixRow) bool { return r.Type == compared }) {
		cells[0] = append(cells[0], "VERIFICATION TYPE")
		for i, r := range rows {
			cells[i+1] = append(cells[i+1], orDash(r.judgedBy()))
		}
	}
	if slices.ContainsFunc(numbers, func(n int) bool { return n > 0 }) {
		cells[0] = append(cells[0], "#")
		for i, n := range numbers {
			cells[i+1] = append(cells[i+1], numberOrBlank(n))
		}
	}
	widths := fit(naturalWidths(cells), s.width)
	for _, row := range cells {
		for i := range row {
			row[i] = cut(row[i], widths[i])
		}
	}
	const resultColumn = 4
	for i, r := range rows {
		cells[i+1][resultColumn] = s.paintLines(outcomePaints[r.outcome()], cells[i+1][resultColumn])
	}
	return render(s, cells)
}

func render(s screen, cells [][]string) string {
	t := table.NewWriter()
	t.SetStyle(tableStyle(s))
	t.SuppressTrailingSpaces()
	t.AppendHeader(tableRow(cells[0]))
	for _, row := range cells[1:] {
		t.AppendRow(tableRow(row))
	}
	return t.Render() + "\n"
}

func tableRow(cells []string) table.Row {
	row := make(table.Row, len(cells))
	for i, cell := range cells {
		row[i] = cell
	}
	return row
}

func tableStyle(s screen) table.Style {
	if s.terminal {
		style := table.StyleLight
		style.Format.Header = text.FormatDefault
		return style
	}
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatDefault
	return style
}

func naturalWidths(cells [][]string) []int {
	widths := make([]int, len(cells[0]))
	for _, row := range cells {
		for i, cell := range row {
			widths[i] = max(widths[i], text.StringWidthWithoutEscSequences(cell))
		}
	}
	return widths
}

// The columns that a bordered table needs beside its cells: one border, and for
// each cell two blanks and a border.
const (
	outerBorder = 1
	perCell     = 3
	leastCell   = 4
)

// fit takes columns from the widest cells until the table is no wider than width;
// 0 is no limit.
func fit(widths []int, width int) []int {
	if width == 0 {
		return widths
	}
	fitted := slices.Clone(widths)
	total := outerBorder
	for _, w := range fitted {
		total += w + perCell
	}
	for ; total > width; total-- {
		widest := 0
		for i, w := range fitted {
			if w > fitted[widest] {
				widest = i
			}
		}
		if fitted[widest] <= leastCell {
			break
		}
		fitted[widest]--
	}
	return fitted
}

// cut breaks the words wherever the width ends. Letters that are two columns wide
// stay whole.
func cut(words string, width int) string {
	var b strings.Builder
	used := 0
	for _, letter := range words {
		wide := text.RuneWidth(letter)
		if used > 0 && used+wide > width {
			b.WriteByte('\n')
			used = 0
		}
		b.WriteRune(letter)
		used += wide
	}
	return b.String()
}

// paintLines paints every line by itself, so that no colour runs into a border.
func (s screen) paintLines(p paint, words string) string {
	lines := strings.Split(words, "\n")
	for i, line := range lines {
		lines[i] = s.paint(p, line)
	}
	return strings.Join(lines, "\n")
}

// providerVersion is the version that was tried or, where the broker names none,
// that there is none to name.
func (s screen) providerVersion(r matrixRow) string {
	if number := r.Provider.number(); number != "" {
		return orDash(s.shorten(number))
	}
	return "none"
}

func orDash(words string) string {
	if words == "" {
		return "-"
	}
	return strings.ReplaceAll(clean(words), "\n", " ")
}

func numberOrBlank(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
