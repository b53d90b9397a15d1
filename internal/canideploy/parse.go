package canideploy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/support/spelling"
)

// parse reads the command line in one pass, because the order of the options says
// which application they speak of, and --latest takes a value only if one follows.
// Options may be written --name value, --name=value, -n value, -nvalue and
// -n=value, with underscores instead of inner dashes, and switches also --no-name
// and --skip-name. It returns a *usageError for anything else.
func parse(args []string) (*arguments, error) {
	a := newArguments()
	p := &parser{given: a.given, words: commandWords(a, args), byName: map[string]*option{}}
	options := a.options()
	for i := range options {
		p.add(&options[i])
	}
	for len(p.words) > 0 && a.task == taskAsk {
		if err := p.step(); err != nil {
			return nil, err
		}
	}
	a.resolve()
	return a, nil
}

// commandWords strips the words that stand before the options when the program is
// called as others are, and reads the few commands there are.
func commandWords(a *arguments, args []string) []string {
	for len(args) > 0 && slices.Contains([]string{"broker", "can-i-deploy"}, args[0]) {
		args = args[1:]
	}
	switch {
	case len(args) == 1 && slices.Contains([]string{"version", "--version", "-V"}, args[0]):
		a.task = taskVersion
	case len(args) > 0 && args[0] == "help":
		a.task = taskHelp
	case len(args) == 2 && args[0] == "completion":
		a.task, a.shell = taskCompletion, args[1]
	}
	return args
}

// resolve sorts what was said of whom, once all has been read.
func (a *arguments) resolve() {
	for _, s := range a.order {
		s.resolve()
	}
	a.question.applications, a.question.ignored = split(a.order)
}

type parser struct {
	words  []string
	byName map[string]*option
	given  map[string]string
	// last is the option before the present word, nil at the beginning.
	last *option
}

func (p *parser) add(o *option) {
	p.byName["--"+o.name] = o
	for _, name := range o.also {
		p.byName["--"+name] = o
	}
	if o.short != "" {
		p.byName["-"+o.short] = o
	}
}

// step reads one option with its value.
func (p *parser) step() error {
	word := p.words[0]
	p.words = p.words[1:]
	switch {
	case strings.HasPrefix(word, "--") && len(word) > 2:
		return p.long(word)
	case strings.HasPrefix(word, "-") && len(word) > 1 && word != "--":
		return p.short(word)
	case strings.HasPrefix(word, "—") || strings.HasPrefix(word, "–"):
		return misuse("%s begins with a long dash, as word processors make of --; write two plain dashes", word)
	case p.last != nil && p.last.secret:
		return misuse("the word behind the value of %s is not an option; a value with blanks in it is written in quotes", longName(p.last))
	}
	return misuse("%q is not an option; a version is given as --version %s, and so on", word, word)
}

func (p *parser) long(word string) error {
	name, value, attached := strings.Cut(word, "=")
	name = strings.ReplaceAll(name, "_", "-")
	if o := p.byName[name]; o != nil {
		return p.take(o, name, value, attached)
	}
	for _, prefix := range []string{"--no-", "--skip-"} {
		o := p.byName["--"+strings.TrimPrefix(name, prefix)]
		if strings.HasPrefix(name, prefix) && o != nil && o.takes == takesNothing {
			return p.takeOff(o, name)
		}
	}
	return p.unknown(name)
}

// takeOff turns a switch off. A true after it belongs to it, as some programs want one.
func (p *parser) takeOff(o *option, name string) error {
	if len(p.words) > 0 && p.words[0] == "true" {
		p.words = p.words[1:]
	}
	return p.set(o, name, "false")
}

// short reads -n value, -nvalue, -n=value and several switches in one word.
func (p *parser) short(word string) error {
	letters := word[1:]
	for letters != "" {
		name, rest := "-"+letters[:1], letters[1:]
		o := p.byName[name]
		if o == nil {
			return p.unknown(word)
		}
		if o.takes != takesNothing || strings.HasPrefix(rest, "=") {
			return p.take(o, name, strings.TrimPrefix(rest, "="), rest != "")
		}
		if err := p.set(o, name, ""); err != nil {
			return err
		}
		letters = rest
	}
	return nil
}

// take finds the value of the option, in the same word or in the next one.
func (p *parser) take(o *option, name, value string, attached bool) error {
	next := ""
	if len(p.words) > 0 {
		next = p.words[0]
	}
	follows := len(p.words) > 0 && !strings.HasPrefix(next, "-")
	switch {
	case attached && o.takes == takesMaybe && strings.TrimSpace(value) == "":
		return misuse("%s has a blank value; is a variable not set?", name)
	case attached:
		return p.set(o, name, value)
	case o.takes == takesNothing:
		follows = next == "true" || next == "false"
	case o.takes == takesValue && !follows:
		return misuse("%s needs a value; one that begins with a dash is written %s=…", name, longName(o))
	case o.takes == takesMaybe && follows && strings.TrimSpace(next) == "":
		return misuse("%s has a blank value; is a variable not set?", name)
	}
	if !follows {
		return p.set(o, name, "")
	}
	p.words = p.words[1:]
	return p.set(o, name, next)
}

func (p *parser) set(o *option, name, value string) error {
	p.last = o
	if o.takes == takesNothing && value == "" {
		value = "true"
	}
	before, twice := p.given[o.name]
	switch differs := twice && !o.repeats && before != value; {
	case differs && o.secret:
		return misuse("%s is given twice, with different values", name)
	case differs:
		return misuse("%s is given twice, as %q and %q", name, before, value)
	}
	if err := o.accept(value); err != nil {
		return misuse("%s %s", name, err)
	}
	p.given[o.name] = value
	return nil
}

// accept sets the option if the value is one of its choices.
func (o *option) accept(value string) error {
	if o.takes == takesValue && o.choices != nil && !slices.Contains(o.choices, value) {
		return fmt.Errorf("is %s, not %q", strings.Join(o.choices, " or "), value)
	}
	return o.set(value)
}

func (p *parser) unknown(word string) error {
	if near := p.nearest(word); near != "" {
		return misuse("%s is no option; did you mean %s?", word, near)
	}
	return misuse("%s is no option", word)
}

// nearest finds the option whose spelling needs the fewest changes, at most a third.
func (p *parser) nearest(word string) string {
	return spelling.Nearest(word, maps.Keys(p.byName), len(word)/3+1)
}

func longName(o *option) string { return "--" + o.name }
