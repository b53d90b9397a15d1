package matrix

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/accord-broker/accord/internal/pacticipants"
)

// namesShown is how many versions a hint lists, and for how many of the things that
// are not there a question gets a hint.
const namesShown = 5

// abbreviation is the beginning of a commit's hash, as short as git writes it. Some
// programs write hashes in capitals.
var abbreviation = regexp.MustCompile(`^(?:[0-9a-f]{7,39}|[0-9A-F]{7,39})$`)

// shortAbbreviation is one that git makes no longer where it need not be unique; it
// is looked for to name what may have been meant.
var shortAbbreviation = regexp.MustCompile(`^(?:[0-9a-f]{4,6}|[0-9A-F]{4,6})$`)

// expanded looks for the commit that begins with the version asked for, unless that
// is a version about which anything is known: one that was made by tagging the
// beginning of a commit has neither contracts nor results, and would be let
// through whatever those of the commit say. Only one commit may begin so; several
// are named in the hint.
func (d *decision) expanded(ctx context.Context, s Selector, exactly []Entry) ([]Entry, error) {
	p, known := d.known[s.Pacticipant]
	if !known || len(exactly) != 1 || !abbreviation.MatchString(s.Version) {
		return exactly, nil
	}
	commits, err := d.tx.CommitsBeginning(ctx, p.ID, strings.ToLower(s.Version), namesShown)
	if err != nil || len(commits) == 0 {
		return exactly, err
	}
	empty := exactly[0].State == Found
	if empty {
		published, err := d.tx.VersionsWithContent(ctx, []int64{exactly[0].Version.ID})
		if err != nil || published[exactly[0].Version.ID] {
			return exactly, err
		}
	}
	if len(commits) > 1 {
		exactly[0].State, exactly[0].Hint = Missing, severalCommits(commits)
		return exactly, nil
	}
	asked := s.Version
	s.Version = commits[0]
	found, err := d.entriesFor(ctx, s)
	for i := range found {
		found[i].Abbreviation, found[i].Overlooked = asked, empty
	}
	return found, err
}

// severalBegin is how a hint begins that names several commits.
const severalBegin = "Several commits begin like this: "

func severalCommits(commits []string) string {
	return severalBegin + pacticipants.Few(commits) + "."
}

// suggest adds to the first entries that no version stands for what may have been
// meant.
func (d *decision) suggest(ctx context.Context) error {
	hinted := 0
	for i, e := range d.entries {
		if e.State != Missing || !e.Specified || e.Hint != "" {
			continue
		}
		if hinted++; hinted > namesShown {
			return nil
		}
		var err error
		if d.entries[i].Hint, err = d.hintFor(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func (d *decision) hintFor(ctx context.Context, e Entry) (string, error) {
	switch c := e.Selector.Criteria; {
	case c.Version != "":
		begun, err := d.commitHint(ctx, e)
		if err != nil {
			return "", err
		}
		numbers, err := d.tx.NewestNumbers(ctx, e.Pacticipant.ID, namesShown)
		return begun + newest(numbers), err
	case c.Branch != "" || c.MainBranch:
		branches, err := d.tx.BranchNames(ctx, e.Pacticipant.ID)
		if c.MainBranch {
			return mainBranchHint(e.Pacticipant, branches), err
		}
		return pacticipants.Suggest(c.Branch, branches), err
	}
	return "", nil
}

// commitHint names the commits that begin with a version that is too short to be
// taken for one of them.
func (d *decision) commitHint(ctx context.Context, e Entry) (string, error) {
	if !shortAbbreviation.MatchString(e.Selector.Version) {
		return "", nil
	}
	commits, err := d.tx.CommitsBeginning(ctx, e.Pacticipant.ID, strings.ToLower(e.Selector.Version), namesShown)
	switch {
	case err != nil || len(commits) == 0:
		return "", err
	case len(commits) > 1:
		return severalCommits(commits) + " ", nil
	}
	return fmt.Sprintf("Did you mean commit %s? Its first seven digits are enough. ", commits[0]), nil
}

// suggestTargets tells of the applications without a version on their main branch,
// which the target asks for, which branch that is. The first few are told what may
// have been meant.
func (d *decision) suggestTargets(ctx context.Context) error {
	var names []string
	missing := func(e Entry) bool { return !e.Specified && e.State == Missing && e.Selector.MainBranch }
	for _, e := range d.entries {
		if missing(e) {
			names = append(names, e.Pacticipant.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	known, err := d.tx.PacticipantsNamed(ctx, names...)
	if err != nil {
		return err
	}
	hinted := 0
	for i, e := range d.entries {
		if !missing(e) {
			continue
		}
		d.entries[i].Pacticipant = known[e.Pacticipant.Name]
		if hinted++; hinted > namesShown {
			continue
		}
		if d.entries[i].Hint, err = d.hintFor(ctx, d.entries[i]); err != nil {
			return err
		}
	}
	return nil
}

func newest(numbers []string) string {
	switch len(numbers) {
	case 0:
		return "It has no versions yet."
	case 1:
		return "Its only version is " + numbers[0] + "."
	}
	return "Its newest versions are " + strings.Join(numbers, ", ") + "."
}

// mainBranchHint tells which branch is missing, and how to name the right one.
func mainBranchHint(p pacticipants.Pacticipant, branches []string) string {
	text := fmt.Sprintf("No main branch of %s is set.", p.Name)
	if p.MainBranch != "" {
		text = fmt.Sprintf("The main branch of %s is set to '%s', which has no version.", p.Name, p.MainBranch)
	}
	if len(branches) == 0 {
		return text + " It has no branches yet: publish with one."
	}
	return text + fmt.Sprintf(
		" Its branches are %s. If one of them is the main branch, say so: pact broker create-or-update-pacticipant --name '%s' --main-branch BRANCH",
		pacticipants.Few(branches),
		strings.ReplaceAll(p.Name, "'", `'\''`),
	)
}
