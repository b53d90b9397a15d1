package web

import (
	"cmp"
	"fmt"
	"html/template"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/support/links"
)

// functions are what templates may call beside the methods of their data.
var functions = template.FuncMap{"icon": icon, "sorted": sortIcon, "quoted": quoted, "words": words, "excerpt": excerpt, "pathParts": pathParts, "counted": counted}

// quoted cuts a text at its backticks: what stands between two is marked.
func quoted(text string) []piece {
	parts := strings.Split(text, "`")
	if len(parts)%2 == 0 { // the last has no end
		last := len(parts) - 1
		parts = append(parts[:last-1], parts[last-1]+"`"+parts[last])
	}
	var cut []piece
	for i, part := range parts {
		if part != "" {
			cut = append(cut, piece{Text: part, Marked: i%2 == 1})
		}
	}
	return cut
}

// excerptShown is how many letters of a long text stand where a name is expected.
const excerptShown = 300

// excerpt is a text, or the beginning of a very long one.
func excerpt(text string) string {
	if len(text) <= excerptShown {
		return text
	}
	if letters := []rune(text); len(letters) > excerptShown {
		return string(letters[:excerptShown-1]) + "…"
	}
	return text
}

// words cuts the name of a setting where it may be broken.
func words(name string) []string { return strings.SplitAfter(name, "_") }

// pathParts cuts a path or a text where it may be broken: after a slash, and after the other
// marks between its words.
func pathParts(path string) (cut []string) {
	begin := 0
	for i, letter := range path {
		if next := i + utf8.RuneLen(letter); strings.ContainsRune("/.,:;?&=-_", letter) && next < len(path) {
			cut, begin = append(cut, path[begin:next]), next
		}
	}
	return append(cut, path[begin:])
}

// sortIcon is the icon of a head by which a list is sorted, or can be.
func sortIcon(sorted bool) string {
	if sorted {
		return "down"
	}
	return "sort"
}

// icon draws one of the pictures of the sprite. Its name and classes come from
// templates and from the words below, never from outside.
func icon(name string, classes ...string) template.HTML {
	class := strings.Join(append([]string{"i"}, classes...), " ")
	return template.HTML(`<svg class="` + template.HTMLEscapeString(class) + `" aria-hidden="true"><use href="#i-` + template.HTMLEscapeString(name) + `"/></svg>`) //nolint:gosec // see above
}

// moment is a time as pages show it.
type moment struct{ ISO, Full, Text string }

// moments tells times as they are seen from now.
type moments struct{ now time.Time }

// ago tells when something happened: "40 min ago".
func (m moments) ago(t time.Time) moment { return m.tell(t, "", " ago") }

// since tells how long something is so, "for 2 d", or since when, "since 12 Mar".
func (m moments) since(t time.Time) moment {
	told := m.tell(t, "since ", "")
	if m.now.Sub(t) <= shownAsAge {
		told.Text = strings.Replace(told.Text, "since ", "for ", 1)
	}
	return told
}

// shownAsAge is how long ago a time must be to be told by its date.
const shownAsAge = 60 * 24 * time.Hour

func (m moments) tell(t time.Time, before, after string) moment {
	if t.IsZero() {
		return moment{}
	}
	t = t.UTC()
	told := moment{ISO: t.Format(time.RFC3339), Full: t.Format("2006-01-02 15:04 UTC")}
	switch age := m.now.Sub(t); {
	case age > shownAsAge && t.Year() == m.now.UTC().Year():
		told.Text = before + t.Format("2 Jan")
	case age > shownAsAge:
		told.Text = before + t.Format("2 Jan 2006")
	case age < time.Minute:
		told.Text = "just now"
	default:
		told.Text = before + ageText(age) + after
	}
	return told
}

// toldInYears is how many years away a time must be to be told in years.
const toldInYears = 2

// until tells how far away a time to come is: "40 min". The difference of two times
// that are far apart is no duration, so years are counted.
func (m moments) until(t time.Time) string {
	years := t.Year() - m.now.Year()
	if m.now.AddDate(years, 0, 0).After(t) {
		years--
	}
	switch left := t.Sub(m.now); {
	case years >= toldInYears:
		return counted(years, "year")
	case left < time.Minute:
		return "less than a minute"
	default:
		return ageText(left)
	}
}

func ageText(age time.Duration) string {
	switch {
	case age < time.Hour:
		return fmt.Sprintf("%d min", age/time.Minute)
	case age < 24*time.Hour:
		return fmt.Sprintf("%d h", age/time.Hour)
	}
	return fmt.Sprintf("%d d", age/(24*time.Hour))
}

// inFull tells a time in words: "29 Nov 2026, 14:40 UTC".
func inFull(t time.Time) moment {
	t = t.UTC()
	return moment{ISO: t.Format(time.RFC3339), Full: t.Format("2006-01-02 15:04:05 UTC"), Text: t.Format("2 Jan 2006, 15:04 UTC")}
}

// version is a link to a version.
type version struct{ Text, Full, Address string }

var commit = regexp.MustCompile(`^[0-9a-f]{40}$`)

// The lengths to which versions are cut.
const (
	commitShown  = 8
	versionShown = 24
)

// short is the number of a version as pages show it among others.
func short(number string) string {
	runes := []rune(number)
	switch {
	case commit.MatchString(number):
		return number[:commitShown]
	case len(runes) > versionShown:
		return string(runes[:versionShown]) + "…"
	}
	return number
}

// versionAt is the link to the page of a version; empty if there is none.
func versionAt(at links.Base, application, number string) version {
	if number == "" {
		return version{}
	}
	return version{Text: short(number), Full: number, Address: at.Version(application, number)}
}

// contractAt is the link to a contract, by the version that has published it.
func contractAt(at links.Base, provider, consumer, number string) version {
	if number == "" {
		return version{}
	}
	return version{Text: short(number), Full: number, Address: at.Pact(provider, consumer, number)}
}

// word is a state with its mark: yes, no, unsure, or nothing in particular.
type word struct {
	Kind, Icon, Word string
	// Quiet leaves the word to those who hear the page.
	Quiet bool
}

var states = map[dashboard.State]word{
	dashboard.Works:    {Kind: "yes", Icon: "yes", Word: "Works", Quiet: true},
	dashboard.Fails:    {Kind: "no", Icon: "no", Word: "Fails"},
	dashboard.NotKnown: {Kind: "unsure", Icon: "unsure", Word: "Not known"},
	dashboard.Awaited:  {Kind: "unsure", Icon: "wait", Word: "Waiting"},
	dashboard.Ignored:  {Icon: "ext", Word: "External", Quiet: true},
	dashboard.Absent:   {Icon: "none", Word: "Not there", Quiet: true},
}

var answers = map[matrix.Answer]word{
	matrix.Yes: {Kind: "yes", Icon: "yes", Word: "Yes"}, matrix.No: {Kind: "no", Icon: "no", Word: "No"},
	matrix.Unknown: {Kind: "unsure", Icon: "unsure", Word: "Not known"},
}

// said returns the mark with another word.
func (w word) said(text string) word {
	w.Word, w.Quiet = text, false
	return w
}

// link is a text that leads somewhere.
type link struct{ Text, Address string }

func applicationAt(at links.Base, name string) link { return link{name, at.Pacticipant(name)} }

func applicationsAt(at links.Base, names []string) (all []link) {
	for _, name := range names {
		all = append(all, applicationAt(at, name))
	}
	return all
}

// pair is the picture of a consumer, a state and a provider.
type pair struct {
	Consumer, Provider link
	Knot               word
	// Title says the state in words, Class is inline or big.
	Title, Class string
}

func pairOf(at links.Base, consumer, provider string, state dashboard.State, title string) pair {
	return pair{Consumer: applicationAt(at, consumer), Provider: applicationAt(at, provider), Knot: states[state], Title: title}
}

var titles = map[dashboard.State]string{
	dashboard.Works: "works", dashboard.Fails: "fails", dashboard.NotKnown: "not known", dashboard.Awaited: "waiting for a result",
	dashboard.Ignored: "external, results do not count", dashboard.Absent: "not there",
}

// environment is an environment as a chip.
type environment struct {
	Name, Address string
	Production    bool
}

func environmentAt(at links.Base, e deployments.Environment) environment {
	return environment{Name: e.Name, Address: at.Environment(e.UUID), Production: e.Production}
}

// command is text to copy.
type command struct {
	Label string
	Lines []commandLine
}

type commandLine struct {
	Prompt bool
	Text   string
}

// prompted makes a block of shell commands; each may have several lines.
func prompted(label string, commands ...string) command {
	made := command{Label: label}
	for _, c := range commands {
		made.Lines = append(made.Lines, commandLine{Prompt: true, Text: c})
	}
	return made
}

// plainText makes a block of a text that is no command.
func plainText(label, text string) command {
	return command{Label: label, Lines: []commandLine{{Text: text}}}
}

// paging says which part of a list is shown, and where the others are.
type paging struct {
	Text, Previous, Next string
	// Beyond tells that the list ends before the page that is asked for.
	Beyond bool
}

func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, plural(one))
}

func plural(one string) string {
	if rest, ok := strings.CutSuffix(one, "y"); ok && !strings.ContainsAny(rest[len(rest)-1:], "aeiou") {
		return rest + "ies"
	}
	return one + "s"
}

// byText compares texts as people order them.
func byText(a, b string) int {
	return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
}
