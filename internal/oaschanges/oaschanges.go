// Package oaschanges tells what changed between two OpenAPI documents, and which
// of it breaks clients by the book: whoever they are, and whatever they use. It
// is the home of oasdiff, whose rules it asks.
package oaschanges

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
	"go.yaml.in/yaml/v3"

	"github.com/accord-broker/accord/internal/comparison"
)

// Level is how grave a change is for clients in general.
type Level string

// The levels.
const (
	// Breaking changes break clients that rely on what has changed.
	Breaking Level = "breaking"
	// Warning is a change that may break some.
	Warning Level = "warning"
	// Info is a change that breaks nobody who follows the document.
	Info Level = "info"
)

var levels = map[checker.Level]Level{checker.ERR: Breaking, checker.WARN: Warning, checker.INFO: Info}

// Change is one difference between two documents.
type Change struct {
	// Rule names the kind of change, such as "api-removed-without-deprecation".
	Rule  string
	Level Level
	Text  string
	// Method and Path are those of the operation, empty if it is about none.
	Method, Path string
	// Place says what of the operation has changed.
	Place Place
}

// ErrUnreadable tells that a document cannot be read as OpenAPI by those who know
// what changed.
var ErrUnreadable = errors.New("the document cannot be read as OpenAPI")

// ErrTooMuch tells that more differs than can be looked at.
var ErrTooMuch = errors.New("too much differs")

// differingAtMost is how many bytes of JSON may be left of the two documents without what
// they have in common and without words for people. To look for changes in a megabyte
// takes up to 130 MB of memory and seconds.
const differingAtMost = 1 << 20

// movedAtMost bounds the paths that are gone times those that are new: each of the ones
// is held against each of the others.
const movedAtMost = 500 * 500

// Between returns what changed from one document to the other, the gravest first.
// Nothing outside of the documents is fetched.
func Between(before, after []byte) (changes []Change, err error) {
	defer func() {
		// Documents come from outside, and the library is written for honest ones.
		if trouble := recover(); trouble != nil {
			changes, err = nil, fmt.Errorf("%w: %v", ErrUnreadable, trouble)
		}
	}()
	older, err := readDocument(before)
	if err != nil {
		return nil, err
	}
	newer, err := readDocument(after)
	if err != nil {
		return nil, err
	}
	prune(older, newer)
	return changesOf(older, newer)
}

// changesOf looks for what changed between what is left of two documents.
func changesOf(older, newer document) (changes []Change, err error) {
	was, is, err := specsOf(older, newer)
	if err != nil {
		return nil, err
	}
	report, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), was, is)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	told := checker.CheckBackwardCompatibilityUntilLevel(checker.NewConfig(checker.GetAllChecks()), report, sources, checker.INFO)
	say := checker.NewDefaultLocalizer()
	for _, change := range told {
		changes = append(changes, Change{
			Rule: change.GetId(), Level: levels[change.GetLevel()], Text: change.GetUncolorizedText(say), Method: change.GetOperation(), Path: change.GetPath(),
			Place: position(change),
		})
	}
	slices.SortStableFunc(changes, func(a, b Change) int { return rank[a.Level] - rank[b.Level] })
	return changes, nil
}

var rank = map[Level]int{Breaking: 0, Warning: 1, Info: 2}

// specsOf reads what is left of two documents.
func specsOf(older, newer document) (was, is *load.SpecInfo, err error) {
	var texts [2][]byte
	for i, d := range []document{older, newer} {
		if texts[i], err = json.Marshal(d); err != nil {
			return nil, nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
	}
	if len(texts[0])+len(texts[1]) > differingAtMost || newPaths(older, newer)*newPaths(newer, older) > movedAtMost {
		return nil, nil, ErrTooMuch
	}
	if was, err = specOf(older, texts[0]); err != nil {
		return nil, nil, err
	}
	is, err = specOf(newer, texts[1])
	return was, is, err
}

// newPaths counts the paths that the other document does not have.
func newPaths(d, other document) int {
	paths, _ := d["paths"].(map[string]any)
	others, _ := other["paths"].(map[string]any)
	count := 0
	for path := range paths {
		if _, known := others[path]; !known {
			count++
		}
	}
	return count
}

// readDocument reads JSON or YAML, without the words for people.
func readDocument(content []byte) (document, error) {
	var value any
	var err error
	if bytes.HasPrefix(bytes.TrimSpace(content), []byte("{")) {
		decoder := json.NewDecoder(bytes.NewReader(content))
		decoder.UseNumber()
		err = decoder.Decode(&value)
	}
	if value == nil || err != nil {
		if err = yaml.Unmarshal(content, &value); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
	}
	value = plain(value)
	withoutWords(value)
	read, is := value.(map[string]any)
	if !is {
		return nil, fmt.Errorf("%w: it is no object", ErrUnreadable)
	}
	return read, nil
}

// specOf reads what is left of a document, which is the text.
func specOf(d document, text []byte) (spec *load.SpecInfo, err error) {
	var read *openapi3.T
	if swagger, _ := d["swagger"].(string); swagger != "" {
		read, err = readSwagger(text)
	} else {
		read, err = readSpec(text)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	putBefore(read, comparison.BasePath(d))
	return &load.SpecInfo{Spec: read}, nil
}

// putBefore gives the paths the names by which they are called, as comparisons do.
func putBefore(spec *openapi3.T, base string) {
	if base == "" || spec.Paths == nil {
		return
	}
	called := openapi3.NewPathsWithCapacity(spec.Paths.Len())
	called.Extensions = spec.Paths.Extensions
	for path, item := range spec.Paths.Map() {
		called.Set(base+path, item)
	}
	spec.Paths = called
}

func readSpec(text []byte) (*openapi3.T, error) {
	spec, err := openapi3.NewLoader().LoadFromData(text)
	if err == nil && !strings.HasPrefix(spec.OpenAPI, "3.") {
		err = errors.New("it does not say openapi: 3.x")
	}
	return spec, err
}

// readSwagger reads a document of OpenAPI 2.0 as one of 3.0.
func readSwagger(text []byte) (*openapi3.T, error) {
	var old openapi2.T
	if err := old.UnmarshalJSON(text); err != nil {
		return nil, err
	}
	return openapi2conv.ToV3(&old)
}
