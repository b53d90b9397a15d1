package canideploy

import (
	"io"
	"os"
	"regexp"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"
)

// screen is what is known of the place where the answer appears.
type screen struct {
	terminal bool
	colour   bool
	// width is the number of columns to keep to, 0 if there is no limit.
	width int
}

// The widths between which a terminal's own width is followed.
const (
	leastWidth   = 40
	usualWidth   = 80
	longestWidth = 120
)

// screenOf looks at the writer. Only a terminal gets borders and colours; NO_COLOR
// and TERM=dumb switch the colours off.
func screenOf(out io.Writer, env func(string) string) screen {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return screen{}
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 {
		width = usualWidth
	}
	return screen{
		terminal: true,
		colour:   env("NO_COLOR") == "" && env("TERM") != "dumb",
		width:    min(max(width, leastWidth), longestWidth),
	}
}

// paint is a way to set words off.
type paint string

const (
	plain  paint = ""
	bold   paint = "1"
	red    paint = "31"
	green  paint = "32"
	yellow paint = "33"
)

func (s screen) paint(p paint, words string) string {
	if !s.colour || p == plain || words == "" {
		return words
	}
	return "\x1b[" + string(p) + "m" + words + "\x1b[0m"
}

// paintOf is the colour of a verdict.
func paintOf(v verdict) paint {
	return [...]paint{unknown: yellow, no: red, yes: green}[v]
}

var commitHash = regexp.MustCompile(`(^|[^/0-9A-Za-z])([0-9a-f]{10})[0-9a-f]{30}\b`)

// shorten cuts commit hashes to ten letters in a terminal, but not in addresses.
func (s screen) shorten(words string) string {
	if !s.terminal {
		return words
	}
	return commitHash.ReplaceAllString(words, "$1$2")
}

// bullet writes a paragraph behind a mark, its further lines indented as far.
func (s screen) bullet(mark string, p paint, words string) string {
	indent := strings.Repeat(" ", text.StringWidthWithoutEscSequences(mark))
	lines := wrap(clean(words), s.width, len(indent))
	for i, line := range lines {
		lead := indent
		if i == 0 {
			lead = mark
		}
		lines[i] = strings.TrimRight(lead+s.paint(p, line), " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// clean drops control characters, and those that turn the direction of writing: names
// and reasons come from other people, and must not steer the terminal nor show a line
// otherwise than it is.
func clean(words string) string {
	return strings.Map(func(letter rune) rune {
		if unicode.IsControl(letter) && letter != '\n' || unicode.Is(unicode.Bidi_Control, letter) {
			return -1
		}
		return letter
	}, words)
}

// wrap breaks the words into lines of at most width columns, less the indent. A
// word that is longer, such as an address, stays whole. Width 0 breaks nothing.
func wrap(words string, width, indent int) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(strings.TrimSpace(words), "\n") {
		if width == 0 {
			lines = append(lines, paragraph)
			continue
		}
		lines = append(lines, wrapParagraph(strings.Fields(paragraph), width-indent)...)
	}
	return lines
}

func wrapParagraph(words []string, width int) []string {
	lines, line, used := []string{}, "", 0
	for _, word := range words {
		length := text.StringWidthWithoutEscSequences(word)
		switch {
		case used == 0:
			line, used = word, length
		case used+1+length <= width:
			line, used = line+" "+word, used+1+length
		default:
			lines = append(lines, line)
			line, used = word, length
		}
	}
	return append(lines, line)
}
