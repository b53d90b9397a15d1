// Package oaschanges tells what changed between two OpenAPI documents, and which
// of it breaks clients by the book: whoever they are, and whatever they use. It
// is the home of oasdiff, whose rules it asks.
package oaschanges

import (
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

// Between returns what changed from one document to the other, the gravest first.
// Nothing outside of the documents is fetched.
func Between(before, after []byte) (changes []Change, err error) {
	defer func() {
		// Documents come from outside, and the library is written for honest ones.
		if trouble := recover(); trouble != nil {
			changes, err = nil, fmt.Errorf("%w: %v", ErrUnreadable, trouble)
		}
	}()
	was, err := read(before)
	if err != nil {
		return nil, err
	}
	is, err := read(after)
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
			Place: placeOf(change),
		})
	}
	slices.SortStableFunc(changes, func(a, b Change) int { return rank[a.Level] - rank[b.Level] })
	return changes, nil
}

var rank = map[Level]int{Breaking: 0, Warning: 1, Info: 2}

func read(content []byte) (*load.SpecInfo, error) {
	var head struct {
		Swagger  string `yaml:"swagger"`
		BasePath any    `yaml:"basePath"`
		Info     any    `yaml:"info"`
	}
	if err := yaml.Unmarshal(content, &head); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	spec, err := readSpec(content, head.Swagger != "")
	if err != nil {
		return nil, err
	}
	info, _ := head.Info.(map[string]any)
	base, _ := info[basePathSetting].(string)
	if base == "" && head.Swagger != "" {
		base, _ = head.BasePath.(string)
	}
	putBefore(spec, base)
	return &load.SpecInfo{Spec: spec}, nil
}

// basePathSetting is the setting in info that says how paths are called; see
// docs/comparing.md.
const basePathSetting = "x-opc-config-base-path"

// putBefore gives the paths the names by which they are called, as comparisons do.
func putBefore(spec *openapi3.T, base string) {
	base = strings.TrimSuffix(base, "/")
	if base == "" || spec.Paths == nil {
		return
	}
	if !strings.HasPrefix(base, "/") {
		base = "/" + base
	}
	called := openapi3.NewPathsWithCapacity(spec.Paths.Len())
	called.Extensions = spec.Paths.Extensions
	for path, item := range spec.Paths.Map() {
		called.Set(base+path, item)
	}
	spec.Paths = called
}

func readSpec(content []byte, swagger bool) (*openapi3.T, error) {
	if swagger {
		return readSwagger(content)
	}
	spec, err := openapi3.NewLoader().LoadFromData(content)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if !strings.HasPrefix(spec.OpenAPI, "3.") {
		return nil, fmt.Errorf("%w: it does not say openapi: 3.x", ErrUnreadable)
	}
	return spec, nil
}

// readSwagger reads a document of OpenAPI 2.0 as one of 3.0.
func readSwagger(content []byte) (*openapi3.T, error) {
	var old openapi2.T
	if err := yamlToJSON(content, &old); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	spec, err := openapi2conv.ToV3(&old)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return spec, nil
}
