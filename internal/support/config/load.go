package config

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Sources is where settings are read from.
type Sources struct {
	// Flags holds the values given on the command line, by key.
	Flags map[string]string
	// Environ is the environment in the form of os.Environ.
	Environ []string
}

// Problems is the error of settings that cannot be used: all of them at once,
// each naming what was set and what would be right.
type Problems []string

// Error lists the problems, one a line.
func (p Problems) Error() string {
	return "these settings need mending:\n  - " + strings.Join(p, "\n  - ")
}

// Loaded is the outcome of reading the settings.
type Loaded struct {
	Settings Settings
	// Warnings are about what was set without effect, or where others see it, in full
	// sentences.
	Warnings []string
	// From names where each setting that is not at its default was set, by key.
	From map[string]string
}

// Load reads the settings: flags win over the environment, that over the file
// named by PACT_BROKER_CONF, that over the defaults. The error is Problems.
func Load(sources Sources) (Loaded, error) {
	l := loader{environ: fromEnvironment(sources.Environ), raw: sources.Environ, from: map[string]string{}}
	values := l.merge(
		l.file(sources),
		l.environment(),
		l.flags(sources.Flags),
	)
	settings := l.apply(values)
	if len(l.problems) > 0 {
		return Loaded{}, l.problems
	}
	return Loaded{Settings: settings, Warnings: l.warnings, From: l.from}, nil
}

// Default returns the settings of a broker for which nothing is set.
func Default() Settings {
	loaded, err := Load(Sources{})
	if err != nil {
		panic("the defaults of the settings contradict each other: " + err.Error())
	}
	return loaded.Settings
}

// loader gathers what is wrong on the way.
type loader struct {
	environ  map[string]value
	raw      []string
	problems Problems
	warnings []string
	from     map[string]string
}

func (l *loader) problem(format string, args ...any) {
	l.problems = append(l.problems, fmt.Sprintf(format, args...))
}

func (l *loader) warn(format string, args ...any) {
	l.warnings = append(l.warnings, fmt.Sprintf(format, args...))
}

// file reads the file that the flag --conf or PACT_BROKER_CONF names. Unlike in
// the environment, a name that is not known is a problem.
func (l *loader) file(sources Sources) source {
	path := l.environ["conf"].text
	if given := sources.Flags["conf"]; given != "" {
		path = given
	}
	if path == "" {
		return source{}
	}
	content, err := os.ReadFile(path)
	if err != nil {
		l.problem("%s names a file that cannot be read: %v", variable("conf"), err)
		return source{}
	}
	s, problems := fromFile(path, content)
	l.problems = append(l.problems, problems...)
	l.keepKnown(&s, func(key string) {
		l.problem("%s is not a setting%s", s.values[key].from, didYouMean(key, func(k string) string { return k }))
	})
	l.readSecretFiles(&s)
	return s
}

// environment takes the settings out of the environment. Names that are not
// known are warned of: other programs may read them.
func (l *loader) environment() source {
	s := source{values: l.environ}
	l.takeCertificates(&s)
	delete(s.values, "conf")
	for _, key := range s.names() {
		if v := s.values[key]; isServiceAddress(key, v.text) {
			l.warn("%s=%s is ignored: it looks set by Kubernetes for a service of that name.", v.from, v.text)
			delete(s.values, key)
		} else if serviceLink.MatchString(key) {
			delete(s.values, key)
		}
	}
	l.redirect(&s, "database_url")
	l.redirect(&s, "port")
	l.keepKnown(&s, func(key string) {
		l.warn("%s is not a setting and has no effect%s.", s.values[key].from, didYouMean(key, variable))
	})
	l.readSecretFiles(&s)
	return s
}

func (l *loader) flags(given map[string]string) source {
	s := source{values: map[string]value{}}
	for key, text := range given {
		if key != "conf" {
			s.values[key] = value{text: strings.TrimSpace(text), from: "--" + flagName(key)}
		}
	}
	if HasPassword(given["database_url"]) {
		l.warn("--database-url has a password in it, which everybody reads who may list the processes of this machine: set %s instead, or %s_FILE to a file that holds it.",
			variable("database_url"), variable("database_url"))
	}
	return s
}

// redirect takes the value of a setting from the variable that another one names.
func (l *loader) redirect(s *source, key string) {
	by, named := s.values[key+"_environment_variable_name"]
	if !named || by.text == "" {
		return
	}
	for _, entry := range l.raw {
		if name, text, _ := strings.Cut(entry, "="); name == by.text {
			s.values[key] = value{text: strings.TrimSpace(text), from: name}
			return
		}
	}
	l.problem("%s names the variable %q, which is not set", by.from, by.text)
}

// keepKnown removes what is no setting of the broker, telling unknown names apart
// from those that are accepted without effect, and brings aliases to their key.
func (l *loader) keepKnown(s *source, unknown func(key string)) {
	known := knownKeys()
	for _, key := range s.names() {
		if canonical, ok := known[key]; ok {
			if canonical != key {
				s.rename(key, canonical)
			}
			continue
		}
		if !isForeign(key) {
			unknown(key)
		}
		delete(s.values, key)
	}
}

// rename brings an alias to its key; if both are set, they are put together.
func (s *source) rename(alias, key string) {
	v := s.values[alias]
	if already, both := s.values[key]; both && already.text != "" {
		v.text += " " + already.text
	}
	s.values[key] = v
	delete(s.values, alias)
}

// knownKeys maps each name that is understood to the key of its setting.
func knownKeys() map[string]string {
	known := map[string]string{}
	for _, setting := range Catalogue() {
		known[setting.Key] = setting.Key
		if setting.Alias != "" {
			known[setting.Alias] = setting.Key
		}
		if setting.Secret {
			known[setting.Key+"_file"] = setting.Key + "_file"
		}
	}
	return known
}

func didYouMean(key string, write func(string) string) string {
	if near := nearest(key, slices.Sorted(maps.Keys(knownKeys()))); near != "" {
		return " (did you mean " + write(near) + "?)"
	}
	return ""
}

// readSecretFiles replaces each "…_file" by the secret in the file it names.
func (l *loader) readSecretFiles(s *source) {
	for _, setting := range Catalogue() {
		v, named := s.values[setting.Key+"_file"]
		delete(s.values, setting.Key+"_file")
		if !setting.Secret || !named || v.text == "" {
			continue
		}
		if already := s.values[setting.Key]; already.text != "" {
			l.problem("%s and %s are both set; keep one of them", already.from, v.from)
			continue
		}
		content, err := os.ReadFile(v.text)
		if err != nil {
			l.problem("%s must name a file that can be read: %v", v.from, err)
			continue
		}
		// Editors of Windows begin a file with a mark of its encoding.
		secret := strings.TrimSpace(strings.TrimPrefix(string(content), "\ufeff"))
		if secret == "" {
			l.problem("%s names a file that is empty: %s", v.from, v.text)
			continue
		}
		s.values[setting.Key] = value{text: secret, from: v.from}
	}
}

// merge puts later sources over earlier ones. An empty value counts as not set
// unless the setting gives it a meaning.
func (l *loader) merge(sources ...source) source {
	merged := source{values: map[string]value{}}
	for _, s := range sources {
		for _, setting := range Catalogue() {
			if v, ok := s.values[setting.Key]; ok && (v.text != "" || setting.emptyCounts) {
				merged.values[setting.Key] = v
			}
		}
		if len(s.certificates) > 0 {
			merged.certificates = s.certificates
		}
	}
	return merged
}

// apply reads the defaults and then what is set.
func (l *loader) apply(s source) Settings {
	t := &target{}
	for _, setting := range t.catalogue() {
		if setting.Default != "" {
			if err := setting.set(setting.Default); err != nil {
				l.problem("the default of %s must be %v", setting.Key, err)
			}
		}
		v, given := s.values[setting.Key]
		if !given {
			continue
		}
		l.from[setting.Key] = v.from
		if err := setting.set(v.text); err != nil {
			l.problem("%s %s must be %v", v.from, shownIn(setting, v.text), err)
		}
	}
	l.finish(t, s)
	t.Given = given(s)
	return t.Settings
}

// given is what was set, without what nobody may see.
func given(s source) map[string]Given {
	all := map[string]Given{}
	for _, setting := range Catalogue() {
		v, isSet := s.values[setting.Key]
		if !isSet {
			continue
		}
		shown := Given{From: v.from}
		if !setting.Secret {
			shown.Text = withoutPasswords(v.text)
		}
		all[setting.Key] = shown
	}
	return all
}

// withoutPasswords hides the passwords of the addresses in a text.
func withoutPasswords(text string) string {
	return passwordsInAddresses.ReplaceAllString(text, "${1}xxxxx@")
}

var passwordsInAddresses = regexp.MustCompile(`(://[^/?#\s@]*:)[^/?#\s@]*@`)

func shownIn(setting Setting, text string) string {
	if setting.Secret || userInfo.MatchString(text) {
		return "(not shown)"
	}
	return fmt.Sprintf("is %q, but", text)
}

// userInfo is how a user name and a password look in an address.
var userInfo = regexp.MustCompile(`\S@\S`)
