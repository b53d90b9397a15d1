package web

import (
	"regexp"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/verdicts"
)

// missingWeighsMore says why the answer is not No although a pair fails.
const missingWeighsMore = "A missing result weighs more than a failure: the answer is No as soon as all results are there, unless the failure is mended"

// reasonsSaid is how many reasons the first sentences tell.
const reasonsSaid = 2

// because says in a few sentences why the answer is what it is.
func (v verdictView) because() (said []linkedText) {
	reasons := v.reasons()
	switch {
	case len(reasons) == 0 && len(v.explained.Findings) == 0:
		return []linkedText{{Text: "Nothing there needs it, and it needs nothing that is there."}}
	case len(reasons) == 0:
		return []linkedText{{Text: "It works with everything that it meets there."}}
	}
	var texts []string
	for _, f := range reasons[:min(len(reasons), reasonsSaid)] {
		said = append(append(said, v.linked(lead(f), f)...), linkedText{Text: ". "})
	}
	if more := len(reasons) - reasonsSaid; more > 0 {
		texts = append(texts, "And "+counted(more, "more reason")+".")
	}
	if v.explained.Verdict.Deployable == matrix.Unknown && v.explained.Verdict.Failed > 0 {
		texts = append(texts, missingWeighsMore+".")
	}
	said[len(said)-1].Text = strings.TrimSpace(". " + strings.Join(texts, " "))
	return said
}

// lead says of what is in the way what was found, in how much of the contract, and where
// the other version runs.
func lead(f verdicts.Finding) string {
	text := shortened(f.Located(short))
	for _, p := range []verdicts.Party{f.Provider, f.Consumer} {
		if f.Runs(p) && !strings.Contains(text, p.Name+" "+short(p.Version)) {
			text += " (" + p.Name + " " + short(p.Version) + " runs in " + f.Place + ")"
		}
	}
	return text
}

// shortened is a text with its commits as short as pages show them.
func shortened(text string) string {
	return commitWithin.ReplaceAllStringFunc(text, short)
}

var commitWithin = regexp.MustCompile(`\b[0-9a-f]{40}\b`)

// linkedText is a part of a sentence, which may lead somewhere; Title is the whole of what it
// names.
type linkedText struct{ Text, Address, Title string }

// linked has the versions of a finding that a sentence names lead to their pages, and the
// application of the provider if no version of it is named.
func (v verdictView) linked(text string, f verdicts.Finding) []linkedText {
	links := []linkedText{{Text: text}}
	for _, p := range []verdicts.Party{f.Provider, f.Consumer} {
		if f.OfNoVersion() || p.Name == "" {
			continue
		}
		if number := short(p.Version); number != "" && strings.Contains(text, p.Name+" "+number) {
			links = linkedAt(links, linkedText{p.Name + " " + number, v.at.Version(p.Name, p.Version), p.Version})
		} else {
			links = linkedAt(links, linkedText{Text: p.Name, Address: v.at.Pacticipant(p.Name)})
		}
	}
	return links
}

// linkedAt has the first place of a sentence that is a name of its own lead where that leads.
func linkedAt(sentence []linkedText, name linkedText) []linkedText {
	for i, part := range sentence {
		if part.Address != "" {
			continue
		}
		found := regexp.MustCompile(`(?:^|[ (])(` + regexp.QuoteMeta(name.Text) + `)(?:$|[ ,.;:)])`).FindStringSubmatchIndex(part.Text)
		if found != nil {
			return slices.Concat(sentence[:i], []linkedText{{Text: part.Text[:found[2]]}, name, {Text: part.Text[found[3]:]}}, sentence[i+1:])
		}
	}
	return sentence
}
