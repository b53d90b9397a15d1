package matrix_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const at = links.Base("")

// TestScenarios plays the scenarios of testdata/scenarios.txtar on both databases.
func TestScenarios(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/scenarios.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, archive.Files)
	revisions := testbroker.With(func(s *config.Settings) { s.Publishing.AllowModification = true })
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for i, file := range archive.Files {
			t.Run(file.Name, func(t *testing.T) {
				s := scenario{t: t, b: b.For(t), suffix: fmt.Sprintf("-%d", i), deployed: map[string]string{}}
				lines := strings.Split(strings.TrimSpace(string(file.Data)), "\n")
				for n := 0; n < len(lines); n++ {
					answer := s.play(lines[n])
					if answer != "" {
						require.Less(t, n+1, len(lines), "%s has no answer", lines[n])
						require.Equal(t, lines[n+1], answer, lines[n])
						n++
					}
				}
			})
		}
	}, revisions)
}

// scenario plays one; its suffix keeps its names apart from all others.
type scenario struct {
	t        *testing.T
	b        *testbroker.Broker
	suffix   string
	deployed map[string]string
}

// play does what a line says, and returns the answer if that is a question.
func (s scenario) play(line string) string {
	s.t.Helper()
	words := strings.Fields(line)
	named := func(i int) string { return words[i] + s.suffix }
	switch words[0] {
	case "pact", "revise":
		branch, tags := options(words[5:])
		content := testbroker.Content(named(1), named(3), words[4])
		s.b.Publish(named(1), words[2], branch, tags, map[string]any{named(3): content}).OK(http.StatusOK)
	case "verify":
		s.verify(s.pact(words), words[4], words[5] == "ok")
	case "forget":
		s.b.Delete(at.Pact(named(3), named(1), words[2]) + "/verification-results/latest").OK(http.StatusNoContent)
	case "deploy":
		s.deployed[strings.Join(words[1:4], " ")] = s.b.Deploy(named(1), words[2], named(3), words[4:]...)
	case "undeploy":
		s.b.Undeploy(s.deployed[words[2]+" "+words[3]+" "+words[1]])
	case "release":
		s.b.Release(named(1), words[2], named(3))
	case "version":
		s.version(named(1), words[2], words[3:])
	case "main":
		s.b.Patch(at.Pacticipant(named(1)), map[string]any{"mainBranch": words[2]}).OK()
	case "environment":
		s.b.Environment(named(1))
	case "ask":
		return s.ask("/matrix?", words[1])
	case "may":
		return s.ask("/can-i-deploy?", words[1])
	default:
		s.t.Fatalf("nobody knows what %q means", line)
	}
	return ""
}

// options reads branch=B and tag=T.
func options(words []string) (branch string, tags []string) {
	for _, word := range words {
		if name, is := strings.CutPrefix(word, "branch="); is {
			branch = name
		}
		if name, is := strings.CutPrefix(word, "tag="); is {
			tags = append(tags, name)
		}
	}
	return branch, tags
}

func (s scenario) pact(words []string) *testbroker.Pact {
	p := s.b.Pact(words[1]+s.suffix, words[2])
	p.Provider = words[3] + s.suffix
	return p
}

func (s scenario) verify(p *testbroker.Pact, version string, success bool) {
	s.t.Helper()
	if success {
		p.VerifiedBy(version)
		return
	}
	p.FailedBy(version)
}

func (s scenario) version(name, number string, more []string) {
	s.t.Helper()
	branch, tags := options(more)
	s.b.Version(name, number)
	if branch != "" {
		s.b.Version(name, number, branch)
	}
	for _, tag := range tags {
		s.b.Tag(name, number, tag)
	}
}

var (
	named  = regexp.MustCompile(`(pacticipant\]?|environment\]?|ignore\[\])=(\w+)`)
	escape = strings.NewReplacer("[", "%5B", "]", "%5D")
)

func (s scenario) ask(path, query string) string {
	s.t.Helper()
	query = named.ReplaceAllString(query, "$1=$2"+s.suffix)
	answer := s.b.Get(path + escape.Replace(query)).OK(http.StatusOK)
	count := func(what string) float64 {
		n, _ := answer.Find("summary", what).(float64)
		return n
	}
	text := fmt.Sprintf("= %v %v/%v/%v", answer.Find("summary", "deployable"), count("success"), count("failed"), count("unknown"))
	text = strings.Replace(text, "<nil>", "null", 1)
	if ignored, asked := answer.Find("summary", "ignored").(float64); asked {
		text += fmt.Sprintf("+%v", ignored)
	}
	notices, _ := answer.Find("notices").([]any)
	for i := range notices {
		text += " " + answer.Text("notices", i, "type")
	}
	return text
}
