// Package moving brings data from one broker to another: it renames what comes,
// checks it before anything is written, reads brokers over HTTP, and compares two.
package moving

import (
	"context"
	"fmt"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/pacticipants"
)

// Problem is something of the source that cannot be written as it is.
type Problem struct {
	Kind archive.Kind
	Name string
	Why  string
}

// namesIn are the kinds of records that bring names along.
func namesIn(kind archive.Kind) bool {
	switch kind {
	case archive.KindApplication, archive.KindLabel, archive.KindEnvironment, archive.KindVersion, archive.KindBranch, archive.KindTag:
		return true
	}
	return false
}

// CheckNames looks for names that the broker refuses, at most limit of them.
func CheckNames(ctx context.Context, source archive.Source, limit int) (problems []Problem, all int, err error) {
	err = source.Each(ctx, namesIn, func(r archive.Record) error {
		owner, name := nameOf(r)
		why := pacticipants.ValidateName(name)
		if why == "" {
			return nil
		}
		if all++; len(problems) < limit {
			problems = append(problems, Problem{r.Kind(), fmt.Sprintf("%s%.80q", owner, name), why})
		}
		return nil
	})
	return problems, all, err
}

// nameOf is the name that a record brings along, and whose it is.
func nameOf(r archive.Record) (owner, name string) {
	switch r := r.(type) {
	case *archive.Application:
		return "", r.Name
	case *archive.Label:
		return r.Application + " ", r.Name
	case *archive.Environment:
		return "", r.Name
	case *archive.Version:
		return r.Application + " ", r.Number
	case *archive.Branch:
		return r.Application + " ", r.Name
	case *archive.Tag:
		return r.Application + " " + r.Version + " ", r.Name
	}
	return "", ""
}
