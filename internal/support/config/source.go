package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const prefix = "PACT_BROKER_"

func variable(key string) string { return prefix + strings.ToUpper(key) }

func flagName(key string) string { return strings.ReplaceAll(key, "_", "-") }

// value is the text of a setting and the name under which it was given, which
// is what messages speak of.
type value struct {
	text string
	from string
}

// source holds what one place says: the flags, the environment or the file.
type source struct {
	values       map[string]value
	certificates []certificateSource
}

// fromEnvironment reads the variables of the environment by key. Names are
// matched whatever their case after the prefix, as the original does.
func fromEnvironment(environ []string) map[string]value {
	values := map[string]value{}
	for _, entry := range environ {
		name, text, _ := strings.Cut(entry, "=")
		if rest, ours := strings.CutPrefix(name, prefix); ours && rest != "" {
			values[strings.ToLower(rest)] = value{text: strings.TrimSpace(text), from: name}
		}
	}
	return values
}

// fromFile reads a YAML file of settings. Lists may be written as lists or as
// words separated by spaces, or by what else separates the entries of a setting.
func fromFile(path string, content []byte) (source, Problems) {
	s := source{values: map[string]value{}}
	var entries map[string]yaml.Node
	if err := yaml.Unmarshal(content, &entries); err != nil {
		return s, Problems{fmt.Sprintf("%s cannot be read as YAML settings: %v", path, err)}
	}
	var problems Problems
	between := map[string]string{}
	for _, setting := range Catalogue() {
		between[setting.Key] = cmp.Or(setting.between, " ")
	}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		node, from := entries[key], path+": "+key
		if key == "webhook_certificates" {
			if err := node.Decode(&s.certificates); err != nil {
				problems = append(problems, from+" must be a list of description with content or path")
			}
			continue
		}
		text, err := nodeText(node, between[key])
		if err != nil {
			problems = append(problems, fmt.Sprintf("%s %v", from, err))
			continue
		}
		s.values[key] = value{text: text, from: from}
	}
	for i := range s.certificates {
		s.certificates[i].from = fmt.Sprintf("%s: webhook_certificates[%d]", path, i)
	}
	return s, problems
}

func nodeText(node yaml.Node, between string) (string, error) {
	if node.Kind == yaml.ScalarNode {
		if node.Tag == "!!null" {
			return "", nil
		}
		return strings.TrimSpace(node.Value), nil
	}
	var words []string
	if err := node.Decode(&words); err != nil {
		return "", errors.New("must be a single value or a list of them")
	}
	return strings.Join(words, between), nil
}

// names lists the keys in order, so that messages come in the same order each time.
func (s source) names() []string {
	return slices.Sorted(maps.Keys(s.values))
}
